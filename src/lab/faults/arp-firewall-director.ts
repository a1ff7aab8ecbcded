import type { Fault } from '../fault.ts';
import { changeHosts, usesMethod } from '../plant.ts';

export const fault: Fault = {
  id: 'arp-firewall-director',
  level: 3,
  title: {
    en: 'The ARP firewall for the VIP, meant for the real servers, is on the director',
    zh: '本该装在真实服务器上的 VIP 的 ARP 防火墙，装到了调度器上',
  },
  follows: {
    en: 'Nobody answers ARP for the VIP any more: the real servers must not, and the director no longer hears the question.',
    zh: '再没有人回答 VIP 的 ARP：真实服务器不该答，调度器又听不到询问。',
  },
  hints: [
    { en: 'Does any request arrive at the director?', zh: '有请求到达调度器吗？' },
    {
      en: 'tcpdump -e arp at the director: who asks for the VIP, who answers?',
      zh: '在调度器上 tcpdump -e arp：谁在询问 VIP？谁回答？',
    },
    { en: 'nft list ruleset on the director.', zh: '在调度器上：nft list ruleset。' },
  ],
  plant: (topology) => {
    const { address } = topology.service;
    if (address.includes(':') || !usesMethod(topology, 'g')) return undefined;
    return changeHosts(topology, 'director', (host) => ({
      ...host,
      firewall: [...(host.firewall ?? []), { chain: 'arp', destination: address, action: 'drop' }],
    }));
  },
};
