import { must, startListening } from '../../programs.ts';
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

/** Not an address of the director, which would drop the replies that it routes as its own. */
const ROUTED_VIP = '10.9.9.9';

/** Weir by direct routing (VS/DR) on TC: the real server has the VIP on lo and answers the client itself, through the same router. */
export const weirDr: Candidate = {
  name: 'weir-dr',
  title: 'Weir DR on TC',
  setup: `\`weir run --hook tc\`, scheduler rr, forwarding method \`-g\`; the VIP ${ROUTED_VIP} is routed to the director and stands on lo of the real server; replies are routed by the director's stack`,
  address: ROUTED_VIP,
  tools: [],
  nativeXdp: false,
  async start(trio, root) {
    const { server, folder } = trio;
    await must(server, ['ip', 'address', 'add', `${ROUTED_VIP}/32`, 'dev', 'lo']);
    const iperf3 = ['iperf3', '--server', '--bind', ROUTED_VIP];
    await startListening(server, iperf3, `${folder}/iperf3-vip.log`, [PORT.iperf3]);
    await startWeir(trio, { root, hook: 'tc' });
    const rules = Object.values(PORT).flatMap((port) => [
      `-A -t ${ROUTED_VIP}:${port} -s rr`,
      `-a -t ${ROUTED_VIP}:${port} -r ${ADDRESS.rip}:${port} -g`,
    ]);
    await restoreRules(trio, root, rules);
  },
};
