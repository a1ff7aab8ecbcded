import { packageVersion } from '../daemon/version.ts';
import { EXIT } from './terminal/exit-codes.ts';
import { reportError } from './terminal/report-error.ts';

/**
 * The command line of `weir`. Everything but this choice is loaded when it is wanted: `weir ipvsadm` must start as fast as
 * ipvsadm.
 * @param words the arguments, without `node` and the script
 * @returns the exit code (docs/exit-codes.md)
 */
export async function main(words: readonly string[]): Promise<number> {
  try {
    if (words[0] === 'ipvsadm') {
      const { main: ipvsadm } = await import('./ipvsadm/ipvsadm.ts');
      return await ipvsadm(words.slice(1));
    }
    if (words[0] === '--version' || words[0] === '-V') {
      process.stdout.write(`${packageVersion()}\n`);
      return EXIT.ok;
    }
    endQuietlyWithoutReader();
    const { runProgram } = await import('./program.ts');
    return await runProgram(words);
  } catch (error) {
    return reportError(error);
  }
}

/** `weir connections | head`: a reader that has seen enough is no failure. */
function endQuietlyWithoutReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    process.stderr.write(`weir: standard output cannot be written: ${error.message}\n`);
    process.exit(EXIT.failed);
  });
}
