import type { Fault } from '../fault.ts';
import { changeHosts } from '../plant.ts';

export const fault: Fault = {
  id: 'firewall-real-server',
  level: 2,
  title: { en: 'The firewall of the real servers drops requests', zh: '真实服务器的防火墙丢弃了请求' },
  follows: {
    en: 'Requests arrive and vanish: no answer, no refusal, no counter of IP. Only the rule’s own counter would tell.',
    zh: '请求到了就消失：不回答，不拒绝，IP 计数器也不动。只有规则自己的计数器知道。',
  },
  hints: [
    { en: 'tcpdump sees what comes in before the firewall does.', zh: 'tcpdump 在防火墙之前就能看到进来的包。' },
    { en: 'nft list ruleset on a real server.', zh: '在真实服务器上：nft list ruleset。' },
  ],
  plant: (topology) =>
    changeHosts(topology, 'real server', (host) => ({
      ...host,
      firewall: [
        ...(host.firewall ?? []),
        { chain: 'input', protocol: 'tcp', port: topology.service.port, action: 'drop' },
      ],
    })),
};
