import { destinations, isIpv4 } from '../duties.ts';
import type { HostFacts, Patient } from '../facts.ts';
import type { Rule } from '../finding.ts';
import { routeTo, sysctl, sysctlEvidence } from '../host.ts';

/**
 * Replies of masqueraded real servers are forwarded by the director as by any router: without forwarding on the interface they come in by, the route
 * lookup refuses them (`forwarding-off`). S7 begins with it. Requests do without, by every method (ip_vs_xmit.c; recorded:
 * wire/dr-forwarding-off).
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
          en: `Replies of masqueraded real servers that come in by ${names} are dropped with the reason forwarding-off: clients time out.`,
          zh: `NAT 方式下真实服务器的应答从 ${names} 进来时，会以 forwarding-off 为由被丢弃：客户端只会超时。`,
        },
        fix: { host: director.host.name, command: `sysctl -w ${global}=1`, undo: `sysctl -w ${global}=0` },
      };
    });
  },
};

/** Interfaces by which the replies of masqueraded real servers come in. */
function forwarders(patient: Patient, host: HostFacts, family: 4 | 6): string[] {
  const theirs = destinations(patient)
    .map(({ destination }) => destination)
    .filter(({ address, method }) => method === 'masquerade' && isIpv4(address) === (family === 4));
  return [...new Set(theirs.flatMap(({ address }) => routeTo(host, address)?.dev ?? []))];
}

function forwardingOf(family: number, nic: string): string {
  return `net.ipv${family}.conf.${nic}.forwarding`;
}
