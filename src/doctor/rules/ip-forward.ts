import { destinations, isIpv4 } from '../duties.ts';
import type { HostFacts, Patient } from '../facts.ts';
import type { Rule } from '../finding.ts';
import { ports, routeTo, sysctl, sysctlEvidence } from '../host.ts';

/**
 * Replies of masqueraded real servers are forwarded by the director as by any router: without forwarding on the interface they come in by, the route
 * lookup refuses them (`forwarding-off`). S7 begins with it. Requests of IPv4 do without, by every method (ip_vs_xmit.c; recorded:
 * wire/dr-forwarding-off); those of IPv6 need it too.
 */
export const ipForward: Rule = {
  id: 'ip-forward',
  number: 3,
  looks: ['director'],
  faults: ['ip-forward-off'],
  title: { en: 'The director does not forward', zh: '调度器没有开启转发' },
  examine(patient) {
    const { director } = patient;
    if (director === undefined) return [];
    return ([4, 6] as const).flatMap((family) => {
      const off = forwarders(patient, director.host, family).filter(
        (name) => sysctl(director.host, forwardingOf(family, name)) === 0,
      );
      if (off.length === 0) return [];
      const global = family === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
      const names = off.join(', ');
      return {
        severity: 'error',
        confidence: 'certain',
        host: director.host.name,
        evidence: sysctlEvidence(director.host, global, ...off.map((name) => forwardingOf(family, name))),
        explanation: {
          en: `${family === 4 ? 'Replies of masqueraded real servers' : 'Requests and replies'} that come in by ${names} are dropped with the reason forwarding-off: clients time out.`,
          zh: `从 ${names} 进来的${family === 4 ? 'NAT 方式下真实服务器的应答' : '请求和应答'}会以 forwarding-off 为由被丢弃：客户端只会超时。`,
        },
        fix: { host: director.host.name, command: `sysctl -w ${global}=1`, undo: `sysctl -w ${global}=0` },
      };
    });
  },
};

/** Interfaces by which packets come in that need it: of IPv4 those towards masqueraded real servers, of IPv6 all if there are services. */
function forwarders(patient: Patient, host: HostFacts, family: 4 | 6): string[] {
  const theirs = destinations(patient)
    .map(({ destination }) => destination)
    .filter(({ address, method }) => isIpv4(address) === (family === 4) && (family === 6 || method === 'masquerade'));
  if (family === 6) return theirs.length === 0 ? [] : ports(host).map(({ name }) => name);
  return [...new Set(theirs.flatMap(({ address }) => routeTo(host, address)?.dev ?? []))];
}

function forwardingOf(family: number, nic: string): string {
  return `net.ipv${family}.conf.${nic}.forwarding`;
}
