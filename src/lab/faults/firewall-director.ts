import type { Fault } from '../fault.ts';
import { changeHosts } from '../plant.ts';

export const fault: Fault = {
  id: 'firewall-director',
  level: 3,
  latent: true,
  title: {
    en: 'The firewall of the director shall keep clients from the VIP, and does not',
    zh: '想用调度器的防火墙挡住对 VIP 的访问，却挡不住',
  },
  follows: {
    en: 'Weir takes requests as they come in, before netfilter sees them: clients are answered all the same. The rule belongs on the real servers, or before the director.',
    zh: '请求一进来就被 Weir 接走，netfilter 根本看不到：客户端照样得到回答。规则应该写在真实服务器上，或者调度器之前。',
  },
  hints: [
    { en: 'Nobody complains. Who is served, and who should not be?', zh: '没有人抱怨。谁得到了服务？谁本不该得到？' },
    { en: 'nft list ruleset on the director.', zh: '在调度器上：nft list ruleset。' },
  ],
  plant: (topology) =>
    changeHosts(topology, 'director', (host) => ({
      ...host,
      firewall: [
        ...(host.firewall ?? []),
        {
          chain: 'input',
          destination: topology.service.address,
          protocol: 'tcp',
          port: topology.service.port,
          action: 'drop',
        },
      ],
    })),
};
