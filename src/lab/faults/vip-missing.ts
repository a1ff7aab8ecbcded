import type { Fault } from '../fault.ts';
import { changeHosts, changeState } from '../plant.ts';
import { bare } from '../topology.ts';

export const fault: Fault = {
  id: 'vip-missing',
  level: 2,
  title: { en: 'The real servers do not hold the VIP on lo', zh: '真实服务器没有在 lo 上绑定 VIP' },
  follows: {
    en: 'The frame arrives, but the destination IP is not the real server’s own: it drops the packet, as it is no router.',
    zh: '帧到了，但目的 IP 不是真实服务器自己的：它不是路由器，只好丢掉。',
  },
  hints: [
    {
      en: 'A host takes a packet when two things are its own: the destination MAC and the destination IP.',
      zh: '主机收下一个包要看两点：目的 MAC 和目的 IP 是不是自己的。',
    },
    { en: 'On a real server: nstat -az IpInAddrErrors', zh: '在真实服务器上：nstat -az IpInAddrErrors' },
    { en: 'ip address show lo on a real server.', zh: '在真实服务器上：ip address show lo。' },
  ],
  plant: (topology) =>
    changeHosts(topology, 'real server', (host) =>
      changeState(host, (state) => {
        const kept = Object.entries(state.addresses ?? {}).map(
          ([nic, list]) => [nic, list.filter(({ address }) => bare(address) !== topology.service.address)] as const,
        );
        const before = Object.values(state.addresses ?? {}).flat().length;
        if (kept.flatMap(([, list]) => list).length === before) return undefined;
        return { ...state, addresses: Object.fromEntries(kept) };
      }),
    ),
};
