import { destinations } from '../duties.ts';
import type { Rule } from '../finding.ts';

/** A masquerade rule beside the director is a way of LVS to spare the servers a gateway; balanced packets do not pass it here. */
export const sourceNat: Rule = {
  id: 'source-nat',
  number: 8,
  looks: ['director'],
  needs: ['nft'],
  faults: ['source-nat'],
  title: { en: 'Source NAT that balanced packets do not pass', zh: '被均衡的报文不会经过这条源地址转换规则' },
  examine(patient) {
    const { director } = patient;
    if (director === undefined) return [];
    const servers = destinations(patient).map(({ destination }) => destination.address);
    return director.host.firewall
      .filter(({ verdict, addresses }) => verdict !== 'drop' && addresses.some((one) => servers.includes(one)))
      .map(({ table, chain, text, addresses }) => ({
        severity: 'warning',
        confidence: 'likely',
        host: director.host.name,
        evidence: [{ command: `nft list chain ${table} ${chain}`, value: text }],
        explanation: {
          en: `This rule is to change the source of what goes to ${addresses.join(', ')}, so that replies come back. Weir sends without netfilter: real servers see the client's address and answer by their own gateway.`,
          zh: `这条规则想改写发往 ${addresses.join('、')} 的报文源地址，好让应答回来。但 Weir 转发时不经过 netfilter：真实服务器看到的仍是客户端地址，会按自己的网关应答。`,
        },
        fix: undefined,
      }));
  },
};
