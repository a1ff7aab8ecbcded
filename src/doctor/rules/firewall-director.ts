import { vips } from '../duties.ts';
import type { Rule } from '../finding.ts';

const PASSED_BY = new Set(['input', 'forward', 'prerouting', 'output', 'postrouting']);

/**
 * The programs take a packet before netfilter sees it: rules about the VIP neither stop nor protect. Whoever wrote them should
 * know.
 */
export const firewallDirector: Rule = {
  id: 'firewall-director',
  number: 7,
  looks: ['director'],
  needs: ['nft'],
  faults: ['firewall-director'],
  title: {
    en: 'Firewall rules of the director do not see balanced packets',
    zh: '调度器上的防火墙规则管不到被均衡的报文',
  },
  examine(patient) {
    const { director } = patient;
    if (director === undefined) return [];
    const own = vips(patient);
    return director.host.firewall
      .filter(
        ({ table, verdict, hook, addresses }) =>
          verdict === 'drop' &&
          !table.startsWith('arp') &&
          PASSED_BY.has(hook) &&
          addresses.some((one) => own.includes(one)),
      )
      .map(({ table, chain, text, addresses }) => ({
        severity: 'warning',
        confidence: 'certain',
        host: director.host.name,
        evidence: [{ command: `nft list chain ${table} ${chain}`, value: text }],
        explanation: {
          en: `This rule drops packets for ${addresses.join(', ')}, but Weir's programs take them before netfilter does: clients get through all the same. With kernel IPVS they would not.`,
          zh: `这条规则要丢弃发往 ${addresses.join('、')} 的报文，但 Weir 的程序在 netfilter 之前就接走了它们：客户端照样能通。换成内核 IPVS 则不通。`,
        },
        fix: undefined,
      }));
  },
};
