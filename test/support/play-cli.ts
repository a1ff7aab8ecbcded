import type { Director } from '../../src/ipvsadm/director.ts';
import { namesFromFiles } from '../../src/ipvsadm/name-files.ts';
import { runIpvsadm } from '../../src/ipvsadm/run.ts';
import { runIpvsadmRestore, runIpvsadmSave } from '../../src/ipvsadm/wrappers.ts';
import { HOSTS, SERVICES, type CliStep, type Played } from './golden-cli.ts';

const names = namesFromFiles(HOSTS, SERVICES);

/** Runs the step of a recorded session in this process, with the names of the recorded machine. */
export async function playInProcess(
  { argv: [program, ...words], stdin = '' }: CliStep,
  director: Director,
): Promise<Played> {
  const played = { stdout: '', stderr: '', exit: 0 };
  const host = {
    stdout: (text: string) => void (played.stdout += text),
    stderr: (text: string) => void (played.stderr += text),
    stdin: async () => stdin,
    director,
    names,
  };
  if (program === 'ipvsadm-save') played.exit = await runIpvsadmSave(words, host);
  else if (program === 'ipvsadm-restore') played.exit = await runIpvsadmRestore(host);
  else played.exit = await runIpvsadm(words, host);
  return played;
}
