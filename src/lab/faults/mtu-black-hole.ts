import type { Fault } from '../fault.ts';
import { changeHosts, nicTowardsServers } from '../plant.ts';

const NARROW = 1400;

export const fault: Fault = {
  id: 'mtu-black-hole',
  level: 3,
  latent: true,
  upload: 8_000,
  title: {
    en: 'A link on the way is narrower than 1500 bytes, and the client’s firewall drops the ICMP that says so',
    zh: '路上有一段链路的 MTU 小于 1500，而客户端的防火墙丢弃了告知此事的 ICMP',
  },
  follows: {
    en: 'Connections open and small requests are answered; uploads hang. Full packets must not be cut (DF) and do not fit, and the client never hears why.',
    zh: '连接能建立，小请求有回答，上传却会卡住：装满的包放不下，又不许分片（DF），而客户端听不到原因。',
  },
  hints: [
    {
      en: 'curl is answered. And with a body: head -c 8000 /dev/zero | curl --data-binary @- ...',
      zh: 'curl 有回答。带上正文呢：head -c 8000 /dev/zero | curl --data-binary @- ……',
    },
    {
      en: 'tcpdump icmp at the client: who tells it what? Does it listen?',
      zh: '在客户端上 tcpdump icmp：谁在告诉它什么？它听了吗？',
    },
    {
      en: 'ip link along the way: which mtu? nft list ruleset on the client.',
      zh: '沿路看 ip link：mtu 是多少？在客户端上：nft list ruleset。',
    },
  ],
  plant: (topology) => {
    const narrow = nicTowardsServers(topology);
    if (narrow === undefined || topology.service.address.includes(':')) return undefined;
    const host = topology.hosts[narrow.host]!;
    const nics = { ...host.nics, [narrow.name]: { ...host.nics[narrow.name]!, mtu: NARROW } };
    const deaf = changeHosts(topology, 'client', (client) => ({
      ...client,
      firewall: [...(client.firewall ?? []), { chain: 'input', protocol: 'icmp', action: 'drop' }],
    }));
    return deaf && { ...deaf, hosts: { ...deaf.hosts, [narrow.host]: { ...host, nics } } };
  },
};
