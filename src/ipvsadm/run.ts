import { WeirError } from '../base/error.ts';
import { execute } from './execute.ts';
import type { IpvsadmHost } from './host.ts';
import { parseCommandLine } from './parse.ts';
import { EXIT, Refusal } from './refusal.ts';

/** What no arguments mean. */
const DEFAULT_COMMAND = ['-L'];

/**
 * Runs one ipvsadm command as ipvsadm 1.31 of Debian 12 does: the same text, the same exit code (recorded in cli). What it does
 * otherwise on purpose stands in differences.ts.
 * @param argv the command line without the name of the program
 * @returns the exit code
 */
export async function runIpvsadm(argv: readonly string[], host: IpvsadmHost): Promise<number> {
  try {
    const invocation = await parseCommandLine(argv.length === 0 ? DEFAULT_COMMAND : argv, host.names);
    const restores = invocation.kind === 'command' && invocation.draft.command === 'restore';
    if (!restores) return await execute(invocation, host);
    const { restore } = await import('./restore.ts');
    return await restore(host);
  } catch (error) {
    return reportFailure(error, host);
  }
}

function reportFailure(error: unknown, host: IpvsadmHost): number {
  if (error instanceof Refusal) {
    host.stderr(`${error.message}\n`);
    return error.code;
  }
  if (!(error instanceof WeirError)) throw error;
  if (error.errno === 'EPERM' || error.errno === 'EACCES') {
    host.stderr("Can't initialize ipvs: Permission denied (you must be root)\n");
    host.stderr('Are you sure that IP Virtual Server is built in the kernel or as module?\n');
    return EXIT.usage;
  }
  host.stderr(`${error.describe()}\n`);
  return error.code === 'DAEMON_UNREACHABLE' ? EXIT.usage : EXIT.refused;
}
