import type { Fault } from '../fault.ts';
import { changeHosts } from '../plant.ts';

export const fault: Fault = {
  id: 'vip-as-source',
  level: 3,
  latent: true,
  title: {
    en: 'The real servers take the VIP as the source of their own connections',
    zh: '真实服务器自己发起连接时用 VIP 作源地址',
  },
  follows: {
    en: 'The address of their NIC is deprecated (its preferred lifetime is over), so the VIP on lo is the better source. What they open themselves leaves with the VIP, and the answers go to the director, which knows nothing of it.',
    zh: '网卡上的地址已经“弃用”（首选期限已过），lo 上的 VIP 就成了更好的源地址。它们自己发起的连接都带着 VIP 出去，回应却跑到调度器那里，调度器对此一无所知。',
  },
  hints: [
    {
      en: 'Clients are answered. Let a real server ask somebody: curl, ping6. What is its source?',
      zh: '客户端都有回答。让真实服务器去访问别人：curl、ping6。它的源地址是什么？',
    },
    {
      en: 'ip -6 route get with the address of the client, on a real server.',
      zh: '在真实服务器上：ip -6 route get 客户端地址。',
    },
    { en: 'ip -6 address show: which of them is deprecated?', zh: 'ip -6 address show：哪个是 deprecated？' },
  ],
  plant: (topology) =>
    topology.service.address.includes(':')
      ? changeHosts(topology, 'real server', (host) => ({
          ...host,
          nics: Object.fromEntries(
            Object.entries(host.nics).map(([name, nic]) => [name, { ...nic, deprecated: true }]),
          ),
        }))
      : undefined,
};
