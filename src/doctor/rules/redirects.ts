import { destinations, isIpv4, vips } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { greaterSetting, routeTo, segmentOf, sysctlEvidence } from '../host.ts';

/**
 * With one NIC for both sides, the stack tells real servers of a shorter way to the client: replies then pass the director by
 * and keep the real server's address. send_redirects counts if `all` or the interface has it.
 */
export const redirects: Rule = {
  id: 'redirects',
  number: 4,
  looks: ['director'],
  faults: ['redirects'],
  title: { en: 'The director sends ICMP redirects to its real servers', zh: '调度器会向真实服务器发送 ICMP 重定向' },
  examine(patient) {
    const { director } = patient;
    if (director === undefined) return [];
    const { host } = director;
    const inner = new Set(
      destinations(patient)
        .filter(({ destination }) => destination.method === 'masquerade' && isIpv4(destination.address))
        .flatMap(({ destination }) => routeTo(host, destination.address)?.dev ?? []),
    );
    const outer = new Set(vips(patient).flatMap((vip) => segmentOf(host, vip)?.name ?? []));
    return [...inner]
      .filter((nic) => outer.has(nic) && greaterSetting(host, 'send_redirects', nic) > 0)
      .map((nic) => ({
        severity: 'warning',
        confidence: 'likely',
        host: host.name,
        evidence: sysctlEvidence(host, 'net.ipv4.conf.all.send_redirects', `net.ipv4.conf.${nic}.send_redirects`),
        explanation: {
          en: `Clients and real servers are both on ${nic}. The stack answers what real servers send through the director with redirects; after those they reply straight to the client, with their own address, and connections break.`,
          zh: `客户端和真实服务器都在 ${nic} 一侧。真实服务器经调度器转发时，内核会回以重定向；此后它们直接用自己的地址回复客户端，连接就断了。`,
        },
        fix: {
          host: host.name,
          command: `sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.${nic}.send_redirects=0`,
          undo: `sysctl -w net.ipv4.conf.all.send_redirects=${host.sysctls['net.ipv4.conf.all.send_redirects'] ?? '1'} net.ipv4.conf.${nic}.send_redirects=${host.sysctls[`net.ipv4.conf.${nic}.send_redirects`] ?? '1'}`,
        },
      }));
  },
};
