import { insideNamespace } from '../src/kernel/namespace.ts';
import { start } from '../src/kernel/process.ts';
import { waitForDaemon } from '../src/lab/wait.ts';
import { must } from './programs.ts';
import { NIC, type Trio } from './trio.ts';

/** Milliseconds for the daemon to start: an emulated machine takes minutes. */
const PATIENCE = 600_000;

export interface WeirOptions {
  /** Folder of the repository whose Weir it is, `/` at its end. */
  root: string;
  hook: string;
  connections?: number;
  realServers?: number;
}

/** The socket of the daemon in a trio's director. */
export const socketOf = ({ folder }: Trio): string => `${folder}/weir.sock`;

/** Starts the daemon in a trio's director, as it runs at an operator's. @returns its process number, when it answers */
export async function startWeir(trio: Trio, { root, hook, connections, realServers }: WeirOptions): Promise<number> {
  const { director, folder } = trio;
  const socket = socketOf(trio);
  const log = `${folder}/weir.log`;
  const options = {
    socket,
    state: `${folder}/state`,
    interface: Object.values(NIC).join(','),
    hook,
    ...(connections === undefined ? {} : { connections: String(connections) }),
    ...(realServers === undefined ? {} : { 'real-servers': String(realServers) }),
  };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const daemon = await start(insideNamespace(director, [process.execPath, `${root}bin/weir`, 'run', ...words]), {
    log,
  });
  await waitForDaemon(daemon, log, socket, `the daemon in ${director}`, PATIENCE);
  return daemon.pid;
}

/** Gives it rules by `ipvsadm -R`. @param rules lines without newlines @throws WeirError LAB_FAILED */
export async function restoreRules(trio: Trio, root: string, rules: readonly string[]): Promise<void> {
  const restore = [process.execPath, `${root}bin/ipvsadm`, '-R'];
  await must(trio.director, restore, { input: `${rules.join('\n')}\n`, env: { WEIR_SOCKET: socketOf(trio) } });
}
