import { insideNamespace } from '../../src/kernel/namespace.ts';
import { start } from '../../src/kernel/process.ts';
import { waitForDaemon } from '../../src/lab/wait.ts';
import { must } from '../programs.ts';
import { ADDRESS, NIC, PORT, type Trio } from '../trio.ts';
import type { Candidate } from './candidate.ts';

/** Weir by masquerading (VS/NAT), with its daemon running as it does at an operator's. */
function weirOn(hook: 'tc' | 'xdp', more: Pick<Candidate, 'setup'>): Candidate {
  return {
    name: `weir-${hook}`,
    title: `Weir NAT on ${hook.toUpperCase()}`,
    address: ADDRESS.vip,
    tools: [],
    nativeXdp: hook === 'xdp',
    start: (trio, root) => startWeir(trio, root, hook),
    ...more,
  };
}

async function startWeir({ director, folder }: Trio, root: string, hook: string): Promise<void> {
  const socket = `${folder}/weir.sock`;
  const log = `${folder}/weir.log`;
  const options = { socket, state: `${folder}/state`, interface: Object.values(NIC).join(','), hook };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const daemon = await start(insideNamespace(director, [process.execPath, `${root}bin/weir`, 'run', ...words]), {
    log,
  });
  await waitForDaemon(daemon, log, socket, `the daemon in ${director}`);
  const rules = Object.values(PORT).flatMap((port) => [
    `-A -t ${ADDRESS.vip}:${port} -s rr`,
    `-a -t ${ADDRESS.vip}:${port} -r ${ADDRESS.rip}:${port} -m`,
  ]);
  const restore = [process.execPath, `${root}bin/ipvsadm`, '-R'];
  await must(director, restore, { input: `${rules.join('\n')}\n`, env: { WEIR_SOCKET: socket } });
}

export const weirOnTc = weirOn('tc', {
  setup: '`weir run --hook tc`, scheduler rr, forwarding method `-m`, connection table of the default size',
});

export const weirOnXdp = weirOn('xdp', {
  setup:
    'the same with `--hook xdp` (native); client and server compute checksums themselves (`ethtool -K eth0 tx off gro on`), as veth needs it, which takes segmentation offload from all three',
});
