import { isIpv4, vipDuties } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { greaterSetting, isLocal, ports, segmentOf, sysctlEvidence } from '../host.ts';

/**
 * The ARP problem: a real server that answers for the VIP on the segment of the director gets its traffic (S13, S15). arp_ignore
 * counts as the greater of `all` and the interface's own; on lo it has no effect, since nobody asks there.
 */
export const arpAnswers: Rule = {
  id: 'arp-answers',
  number: 11,
  title: { en: 'The real server answers ARP for the VIP', zh: '真实服务器会应答对 VIP 的 ARP 请求' },
  examine(patient) {
    return vipDuties(patient).flatMap(({ server: { host }, duty, vip }) => {
      if (!isIpv4(vip) || duty.method !== 'route' || !isLocal(host, vip)) return [];
      if (
        host.firewall.some(
          ({ table, hook, addresses }) => table.startsWith('arp') && hook === 'input' && addresses.includes(vip),
        )
      )
        return [];
      const loud = ports(host).filter(
        ({ name }) => greaterSetting(host, 'arp_ignore', name) < 1 && segmentOf(host, duty.address)?.name === name,
      );
      return loud.map(({ name, mac }) => ({
        severity: 'error',
        confidence: 'certain',
        host: host.name,
        evidence: [
          ...sysctlEvidence(host, 'net.ipv4.conf.all.arp_ignore', `net.ipv4.conf.${name}.arp_ignore`),
          ...(patient.director?.answers[vip]?.includes(mac) === true
            ? [{ command: `arping -c 1 ${vip}`, value: `answered by ${mac}, which is ${host.name}` }]
            : []),
        ],
        explanation: {
          en: `Asked who has ${vip}, ${host.name} answers by ${name} as well as the director. Whoever believes it sends all requests to this one server, and they stop when it does.`,
          zh: `有人问谁有 ${vip} 时，${host.name} 会从 ${name} 和调度器一起应答。谁信了它，请求就全部直达这一台；它一停，服务就断。`,
        },
        fix: {
          host: host.name,
          command: 'sysctl -w net.ipv4.conf.all.arp_ignore=1',
          undo: `sysctl -w net.ipv4.conf.all.arp_ignore=${host.sysctls['net.ipv4.conf.all.arp_ignore'] ?? '0'}`,
        },
      }));
    });
  },
};
