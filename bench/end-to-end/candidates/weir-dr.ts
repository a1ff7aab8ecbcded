import { ipBatch } from '../../../src/kernel/namespace.ts';
import { must, startListening } from '../../programs.ts';
import { ADDRESS, PORT, type Trio } from '../../trio.ts';
import { restoreRules, startWeir } from '../../weir.ts';
import type { Candidate } from './candidate.ts';

/** Not an address of the director, which would drop the replies that it routes as its own. */
const VIP = '10.9.9.9';

/** The network of the cable by which replies go straight to the client. */
const BACK = { server: '192.0.2.1', client: '192.0.2.2' } as const;

const SETUP = `\`weir run --hook tc\`, scheduler rr, forwarding method \`-g\`; the VIP ${VIP} is routed to the director and stands on lo of the real server`;

/** Weir by direct routing (VS/DR) on TC: the real server has the VIP on lo and answers the client itself. */
function weirDr(more: Pick<Candidate, 'name' | 'title' | 'setup'>, wayBack: (trio: Trio) => Promise<void>): Candidate {
  return {
    ...more,
    address: VIP,
    tools: [],
    nativeXdp: false,
    async start(trio, root) {
      await wayBack(trio);
      await startForwarding(trio, root);
    },
  };
}

async function startForwarding(trio: Trio, root: string): Promise<void> {
  const { server, folder } = trio;
  await must(server, ['ip', 'address', 'add', `${VIP}/32`, 'dev', 'lo']);
  const iperf3 = ['iperf3', '--server', '--bind', VIP];
  await startListening(server, iperf3, `${folder}/iperf3-vip.log`, [PORT.iperf3]);
  await startWeir(trio, { root, hook: 'tc' });
  const rules = Object.values(PORT).flatMap((port) => [
    `-A -t ${VIP}:${port} -s rr`,
    `-a -t ${VIP}:${port} -r ${ADDRESS.rip}:${port} -g`,
  ]);
  await restoreRules(trio, root, rules);
}

/** As direct routing is meant: replies do not come by the director. */
export const weirDirectRouting = weirDr(
  {
    name: 'weir-dr',
    title: 'Weir DR on TC',
    setup: `${SETUP}, which sends its replies to the client by a cable between the two`,
  },
  async ({ client, server }) => {
    await ipBatch([`link add name eth1 netns ${server} type veth peer name eth1 netns ${client}`]);
    for (const [namespace, address] of [
      [server, BACK.server],
      [client, BACK.client],
    ] as const) {
      await must(namespace, ['ip', 'address', 'add', `${address}/30`, 'dev', 'eth1']);
      await must(namespace, ['ip', 'link', 'set', 'eth1', 'up']);
    }
    await must(server, ['ip', 'route', 'add', ADDRESS.client, 'via', BACK.client]);
  },
);

/** With one router for both ways, as in small networks: the director's stack routes the replies. */
export const weirDirectRoutingInARow = weirDr(
  {
    name: 'weir-dr-routed',
    title: 'Weir DR on TC, replies by the director',
    setup:
      "the same without that cable: the director is the real server's router too, and its stack routes the replies",
  },
  () => Promise.resolve(),
);
