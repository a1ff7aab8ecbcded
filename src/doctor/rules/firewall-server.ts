import type { Duty, FirewallFacts, Patient } from '../facts.ts';
import type { Finding, Rule } from '../finding.ts';
import { failing } from '../signals.ts';

/** Rules that were written for the server's own address and forget the VIP, or that drop what arrives for it. */
export const firewallServer: Rule = {
  id: 'firewall-server',
  number: 23,
  looks: ['real server'],
  needs: ['nft'],
  faults: ['firewall-real-server'],
  title: { en: 'The firewall of the real server drops requests', zh: '真实服务器的防火墙丢弃了请求' },
  examine(patient) {
    return [...examineServers(patient), ...examineSignals(patient)];
  },
};

function examineServers({ servers }: Patient): Finding[] {
  return servers.flatMap(({ host, duties }) =>
    host.firewall
      .filter((rule) => duties.some((duty) => concerns(rule, duty)))
      .map(({ table, chain, text, packets }) => ({
        severity: 'error',
        confidence: packets !== undefined && packets > 0 ? 'certain' : 'likely',
        host: host.name,
        evidence: [
          {
            command: `nft list chain ${table} ${chain}`,
            value: packets === undefined ? text : `${text} (${packets} packets)`,
            ...(packets === undefined ? {} : { valueZh: `${text}（${packets} 个报文）` }),
          },
        ],
        explanation: {
          en: `A rule on ${host.name} drops what arrives for ${targets(duties)}: clients time out, though a check of the server's own address may pass.`,
          zh: `${host.name} 上有规则会丢弃发往 ${targets(duties)} 的报文：客户端超时，而对服务器自身地址的检查却可能正常。`,
        },
        fix: undefined,
      })),
  );
}

/** Its firewall, or one before it, has told the director so: ICMP administratively prohibited. */
function examineSignals(patient: Patient): Finding[] {
  return failing(patient)
    .filter(({ destination }) => destination.signals.icmp.prohibited > 0)
    .map(({ destination: { address }, evidence }) => ({
      severity: 'error',
      confidence: 'likely',
      host: address,
      evidence: [evidence],
      explanation: {
        en: `A firewall on ${address}, or on the way to it, refuses the packets of clients and says so by ICMP (administratively prohibited).`,
        zh: `${address} 上、或者去往它的路上，有防火墙拒绝了客户端的报文，并用 ICMP 说明（administratively prohibited）。`,
      },
      fix: undefined,
    }));
}

function concerns(
  { table, hook, verdict, addresses, ports, others }: FirewallFacts,
  { vip, address, port }: Duty,
): boolean {
  if (verdict !== 'drop' || others > 0 || table.startsWith('arp') || !['input', 'prerouting'].includes(hook))
    return false;
  const target = vip ?? address;
  const named = addresses.length > 0 || ports.length > 0;
  return (
    named && (addresses.length === 0 || addresses.includes(target)) && (ports.length === 0 || ports.includes(port))
  );
}

function targets(duties: readonly Duty[]): string {
  return [...new Set(duties.map(({ vip, address, port }) => `${vip ?? address}:${port}`))].join(', ');
}
