import type { Fault } from '../fault.ts';
import { changeHosts, usesMethod, withAskingClients } from '../plant.ts';

export const fault: Fault = {
  id: 'reply-lost',
  level: 3,
  ripens: 3,
  title: {
    en: 'Something between drops replies, as their source is not the real server’s own address',
    zh: '途中有设备丢弃回应，因为源地址不是真实服务器自己的',
  },
  follows: {
    en: 'Requests arrive and are answered, from the VIP, as they should be. The router takes such a source for forged (as clouds, hypervisors and switches with port security do) and drops the reply. The real server answers again and again.',
    zh: '请求到了，也以 VIP 回答了，一切照规矩。路由器却认为这样的源地址是伪造的（云、虚拟化平台、开了端口安全的交换机都会），把回应丢掉。真实服务器只好一遍遍重发。',
  },
  hints: [
    {
      en: 'Does the real server answer? Does its answer come out of the router?',
      zh: '真实服务器回答了吗？回应从路由器出来了吗？',
    },
    { en: 'ss -nt state syn-recv on a real server.', zh: '在真实服务器上：ss -nt state syn-recv。' },
    { en: 'nft list ruleset on the router.', zh: '在路由器上：nft list ruleset。' },
  ],
  plant: (topology) => {
    if (!usesMethod(topology, 'g') && !usesMethod(topology, 'i')) return undefined;
    const strict = changeHosts(topology, 'router', (host) => ({
      ...host,
      firewall: [...(host.firewall ?? []), { chain: 'forward', source: topology.service.address, action: 'drop' }],
    }));
    return strict && withAskingClients(strict, 400);
  },
};
