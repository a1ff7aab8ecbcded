import { WeirError } from '../../base/error.ts';
import { EXIT, exitOfCode, type ExitCode } from './exit-codes.ts';

/** Says on standard error what went wrong, and returns the exit code for it. */
export function reportError(error: unknown): ExitCode {
  if (error instanceof WeirError) {
    process.stderr.write(`weir: ${error.describe()}\n`);
    return exitOfCode(error.code);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`weir: a defect of Weir, please report it\n${text}\n`);
  return EXIT.defect;
}
