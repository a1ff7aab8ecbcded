import type { IpvsadmHost } from './host.ts';
import { runIpvsadm } from './run.ts';

const SAVE_HELP = `ipvsadm-save: Script to save the IPVS table to stdout.
   With the -n option, prints out the table in numeric format.
`;

/** What the script `ipvsadm-save [-n]` does. @returns the exit code */
export async function runIpvsadmSave(argv: readonly string[], host: IpvsadmHost): Promise<number> {
  if (argv.some((word) => word.startsWith('-') && word !== '-n')) {
    host.stderr(SAVE_HELP);
    return 1;
  }
  return runIpvsadm(argv.includes('-n') ? ['-S', '-n'] : ['-S'], host);
}

/**
 * What the script `ipvsadm-restore` does: clears the table, whatever comes of it, and restores what is on standard input
 * without the lines that begin with `#`. @returns the exit code of the restore
 */
export async function runIpvsadmRestore(host: IpvsadmHost): Promise<number> {
  const rules = (await host.stdin())
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  await runIpvsadm(['-C'], host);
  return runIpvsadm(['-R'], { ...host, stdin: async () => rules });
}
