import type { IpvsadmHost } from '../../ipvsadm/host.ts';
import { runIpvsadm } from '../../ipvsadm/run.ts';
import { LazyNames } from '../names/lazy-names.ts';
import { lazyDirector } from './lazy-director.ts';
import { writeFully } from './write-fully.ts';

/**
 * `weir ipvsadm ...` and the executable `ipvsadm`: the command line of ipvsadm on the director behind `$WEIR_SOCKET`. Loads
 * nothing that the command at hand does not need, because scripts run it often and expect it to start at once.
 * @param words the arguments, without the name of the program
 * @returns the exit code
 */
export async function main(words: readonly string[]): Promise<number> {
  return withHost((host) => runIpvsadm(words, host));
}

/** The executable `ipvsadm-save`. */
export async function mainSave(words: readonly string[]): Promise<number> {
  const { runIpvsadmSave } = await import('../../ipvsadm/wrappers.ts');
  return withHost((host) => runIpvsadmSave(words, host));
}

/** The executable `ipvsadm-restore`, which takes no arguments. */
export async function mainRestore(): Promise<number> {
  const { runIpvsadmRestore } = await import('../../ipvsadm/wrappers.ts');
  return withHost(runIpvsadmRestore);
}

async function withHost(run: (host: IpvsadmHost) => Promise<number>): Promise<number> {
  return run({
    stdout: (text) => writeFully(1, text),
    stderr: (text) => writeFully(2, text),
    stdin: readStandardInput,
    director: lazyDirector(connect),
    names: new LazyNames(),
  });
}

async function connect(): Promise<IpvsadmHost['director']> {
  const { connectDirector } = await import('../../daemon/client.ts');
  const { defaultSocketPath } = await import('../../daemon/paths.ts');
  return connectDirector(defaultSocketPath());
}

async function readStandardInput(): Promise<string> {
  const { text } = await import('node:stream/consumers');
  return text(process.stdin);
}
