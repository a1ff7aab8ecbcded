import type { Fault } from '../fault.ts';
import { changeHosts, withMacs } from '../plant.ts';

/** A segment that exists in no topology by itself: a cable that leads nowhere. */
const NOWHERE = 'unplugged';

export const fault: Fault = {
  id: 'server-down',
  level: 1,
  title: { en: 'The real servers are switched off', zh: '真实服务器关机了' },
  follows: {
    en: 'The director asks by ARP for a server that is not there, and nobody answers. It goes on choosing it, as nobody checks its health.',
    zh: '调度器用 ARP 询问一台不在的服务器，没有人回答。没有健康检查，它仍会选中这台服务器。',
  },
  hints: [
    {
      en: 'tcpdump -e arp on the side of the real servers: who asks, who answers?',
      zh: '在真实服务器一侧 tcpdump -e arp：谁问，谁答？',
    },
    { en: 'ip neighbour on the director.', zh: '在调度器上：ip neighbour。' },
  ],
  plant: (topology) => {
    const changed = changeHosts(withMacs(topology), 'real server', (host) => ({
      ...host,
      nics: Object.fromEntries(Object.entries(host.nics).map(([name, nic]) => [name, { ...nic, segment: NOWHERE }])),
      neighbours: [],
      ...(host.byHand === undefined ? {} : { byHand: { ...host.byHand, neighbours: [] } }),
    }));
    return changed && { ...changed, segments: [...changed.segments, NOWHERE] };
  },
};
