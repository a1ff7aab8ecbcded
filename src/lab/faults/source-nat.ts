import type { Fault } from '../fault.ts';
import { changeHosts, usesMethod } from '../plant.ts';
import { bare, hostsOfRole, placedNics } from '../topology.ts';

export const fault: Fault = {
  id: 'source-nat',
  level: 3,
  latent: true,
  title: {
    en: 'A masquerade rule shall make replies come back by way of the director, and does not',
    zh: '想用一条 masquerade 规则让回应经过调度器，却不起作用',
  },
  follows: {
    en: 'Weir sends to the real servers without netfilter: they see the client’s own address, and answer by their own gateway. Today that is the director; the day it is not, the rule helps nobody. Full NAT does what it was meant for.',
    zh: 'Weir 发往真实服务器的报文不经过 netfilter：真实服务器看到的仍是客户端地址，按自己的网关回答。今天网关恰好是调度器；哪天不是了，这条规则谁也帮不了。它想做的事要用 Full NAT。',
  },
  hints: [
    {
      en: 'Nothing fails. Whom do the real servers take for their client? Capture there.',
      zh: '一切正常。真实服务器以为客户端是谁？在那里抓包。',
    },
    {
      en: 'nft list ruleset on the director: which rule counts nothing that is balanced?',
      zh: '在调度器上：nft list ruleset。哪条规则碰不到被均衡的报文？',
    },
  ],
  plant: (topology) => {
    if (!usesMethod(topology, 'm') || topology.service.address.includes(':')) return undefined;
    const servers = placedNics(topology).filter(({ host }) => hostsOfRole(topology, 'real server').includes(host));
    return changeHosts(topology, 'director', (host) => ({
      ...host,
      firewall: [
        ...(host.firewall ?? []),
        ...servers.flatMap(({ addresses }) =>
          addresses.map((address) => ({
            chain: 'postrouting' as const,
            destination: bare(address),
            action: 'masquerade' as const,
          })),
        ),
      ],
    }));
  },
};
