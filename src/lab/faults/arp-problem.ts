import type { Fault } from '../fault.ts';
import { changeHosts, changeState, usesMethod } from '../plant.ts';

const ARP = /\.arp_(ignore|announce)$/;

export const fault: Fault = {
  id: 'arp-problem',
  level: 3,
  latent: true,
  title: {
    en: 'The real servers answer ARP for the VIP (arp_ignore and arp_announce are not set)',
    zh: '真实服务器替 VIP 回答 ARP（没有设置 arp_ignore 和 arp_announce）',
  },
  follows: {
    en: 'Director and real servers all say that the VIP is theirs. Whoever is heard first gets all requests: if it is a real server, nothing is balanced, and the service stops when that server does.',
    zh: '调度器和真实服务器都说 VIP 是自己的，谁先被听到，请求就全给谁：如果是某台真实服务器，就没有负载均衡，它一停服务就停。',
  },
  hints: [
    {
      en: 'Send several requests. Who answers? What does the director count?',
      zh: '多发几个请求。是谁回答的？调度器计了多少？',
    },
    {
      en: 'On the router (or client): ip neighbour. Whose MAC does the VIP have?',
      zh: '在路由器（或客户端）上：ip neighbour。VIP 对应谁的 MAC?',
    },
    {
      en: 'tcpdump -e arp while the neighbour entry is new: how many answers come?',
      zh: '邻居表项刚清掉时 tcpdump -e arp：有几个回答？',
    },
  ],
  plant: (topology) =>
    usesMethod(topology, 'g') || usesMethod(topology, 'i')
      ? changeHosts(topology, 'real server', (host) =>
          changeState(host, (state) => {
            const entries = Object.entries(state.sysctls ?? {});
            const kept = entries.filter(([key]) => !ARP.test(key));
            return kept.length === entries.length ? undefined : { ...state, sysctls: Object.fromEntries(kept) };
          }),
        )
      : undefined,
};
