import { vips } from '../duties.ts';
import type { HostFacts } from '../facts.ts';
import type { Finding, Rule } from '../finding.ts';
import { isLocal, segmentOf } from '../host.ts';

/**
 * Weir forwards without the VIP being the director's own, but somebody must answer ARP for it where it lies in a connected
 * network; elsewhere a router has to send it here, which cannot be seen from here.
 */
export const vipUnreachable: Rule = {
  id: 'vip-unreachable',
  number: 6,
  looks: ['director'],
  faults: ['vip-not-on-director', 'arp-firewall-director'],
  title: { en: 'Nobody answers for the VIP', zh: 'VIP 无人应答' },
  examine(patient) {
    const { director } = patient;
    if (director === undefined) return [];
    const { host } = director;
    return vips(patient).flatMap((vip) => {
      const segment = segmentOf(host, vip);
      if (segment !== undefined && isLocal(host, vip)) return silenced(host, vip, segment.name);
      if (segment === undefined) return [];
      const length = vip.includes(':') ? 128 : 32;
      return {
        severity: 'error',
        confidence: 'likely',
        host: host.name,
        evidence: [
          {
            command: 'ip address show',
            value: `${vip} is no address of ${host.name}, but lies in the network of ${segment.name}`,
            valueZh: `${vip} 不是 ${host.name} 的地址，却在 ${segment.name} 的网段里`,
          },
        ],
        explanation: {
          en: `Neighbours on ${segment.name} ask by ARP who has ${vip}, and ${host.name} does not answer: requests never arrive.`,
          zh: `${segment.name} 上的邻居用 ARP 询问谁有 ${vip}，而 ${host.name} 不会应答：请求根本到不了。`,
        },
        fix: {
          host: host.name,
          command: `ip address add ${vip}/${length} dev ${segment.name}`,
          undo: `ip address del ${vip}/${length} dev ${segment.name}`,
        },
      };
    });
  },
};

/** An ARP firewall that was meant for the real servers (S15). */
function silenced(host: HostFacts, vip: string, nic: string): Finding[] {
  return host.firewall
    .filter(({ table, hook, addresses }) => table.startsWith('arp') && hook === 'input' && addresses.includes(vip))
    .map(({ table, chain, text }) => ({
      severity: 'error',
      confidence: 'certain',
      host: host.name,
      evidence: [{ command: `nft list chain ${table} ${chain}`, value: text }],
      explanation: {
        en: `Neighbours on ${nic} ask by ARP who has ${vip}, and this rule drops the question before ${host.name} can answer. It belongs on the real servers, which must not answer.`,
        zh: `${nic} 上的邻居用 ARP 询问谁有 ${vip}，而这条规则在 ${host.name} 回答之前就把询问丢掉了。它应当放在真实服务器上，不该回答的是它们。`,
      },
      fix: undefined,
    }));
}
