import { isIpv4, vipDuties } from '../duties.ts';
import type { Patient } from '../facts.ts';
import type { Finding, Rule } from '../finding.ts';
import { greaterSetting, isLocal, ownAddresses, ports, segmentOf, sysctlEvidence } from '../host.ts';

/**
 * The ARP problem: a real server that answers for the VIP on the segment of the director gets its traffic (S13, S15). arp_ignore
 * counts as the greater of `all` and the interface's own; on lo it has no effect, since nobody asks there.
 */
export const arpAnswers: Rule = {
  id: 'arp-answers',
  number: 11,
  looks: ['real server'],
  faults: ['arp-problem'],
  title: { en: 'The real server answers ARP for the VIP', zh: '真实服务器会应答对 VIP 的 ARP 请求' },
  examine(patient) {
    return [...examineArp(patient), ...examineDiscovery(patient)];
  },
};

function examineArp(patient: Patient): Finding[] {
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
          ? [
              {
                command: `arping -c 1 ${vip}`,
                value: `answered by ${mac}, which is ${host.name}`,
                valueZh: `应答的是 ${mac}，即 ${host.name}`,
              },
            ]
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
}

/** IPv6 answers only for addresses of the very interface that was asked: a VIP on lo stays hidden, one on eth0 does not. */
function examineDiscovery(patient: Patient): Finding[] {
  return vipDuties(patient).flatMap(({ server: { host }, vip }) => {
    const own = ownAddresses(host).find(({ address, interface: on }) => address === vip && !on.loopback);
    if (isIpv4(vip) || own === undefined) return [];
    if (patient.director !== undefined && patient.director.answers[vip]?.includes(own.interface.mac) !== true)
      return [];
    const { name } = own.interface;
    return {
      severity: 'error',
      confidence: 'certain',
      host: host.name,
      evidence: [{ command: `ip -6 address show dev ${name}`, value: `${vip}/${own.length}` }],
      explanation: {
        en: `With ${vip} on ${name}, ${host.name} answers neighbour discovery for it as well as the director. Whoever believes it sends all requests to this one server. On lo it stays hidden.`,
        zh: `${vip} 配在 ${name} 上，${host.name} 就会和调度器一起应答邻居发现。谁信了它，请求就全部直达这一台。配在 lo 上则不会应答。`,
      },
      fix: {
        host: host.name,
        command: `ip -6 address del ${vip}/${own.length} dev ${name} && ip -6 address add ${vip}/128 dev lo nodad preferred_lft 0`,
        undo: `ip -6 address del ${vip}/128 dev lo && ip -6 address add ${vip}/${own.length} dev ${name} nodad`,
      },
    };
  });
}
