import { ADDRESS, PORT, type Trio } from '../../trio.ts';
import { restoreRules, startWeir } from '../../weir.ts';
import type { Candidate } from './candidate.ts';

/** Weir by masquerading (VS/NAT), with its daemon running as it does at an operator's. */
function weirOn(hook: 'tc' | 'xdp', more: Pick<Candidate, 'setup'>): Candidate {
  return {
    name: `weir-${hook}`,
    title: `Weir NAT on ${hook.toUpperCase()}`,
    address: ADDRESS.vip,
    tools: [],
    nativeXdp: hook === 'xdp',
    start: (trio, root) => startForwarding(trio, root, hook),
    ...more,
  };
}

async function startForwarding(trio: Trio, root: string, hook: string): Promise<void> {
  await startWeir(trio, { root, hook });
  await restoreRules(
    trio,
    root,
    Object.values(PORT).flatMap((port) => [
      `-A -t ${ADDRESS.vip}:${port} -s rr`,
      `-a -t ${ADDRESS.vip}:${port} -r ${ADDRESS.rip}:${port} -m`,
    ]),
  );
}

export const weirOnTc = weirOn('tc', {
  setup: '`weir run --hook tc`, scheduler rr, forwarding method `-m`, connection table of the default size',
});

export const weirOnXdp = weirOn('xdp', {
  setup:
    'the same with `--hook xdp` (native); client and server compute checksums themselves (`ethtool -K eth0 tx off gro on`), as veth needs it, which takes segmentation offload from all three',
});
