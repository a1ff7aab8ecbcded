import { destinations, isIpv4 } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { ports, sysctl, sysctlEvidence } from '../host.ts';

/**
 * The director passes packets on that are not its own: without forwarding on the interface they come in by, the route lookup
 * refuses them (`forwarding-off`), by every method. S7 begins with it.
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
    const families = new Set(destinations(patient).map(({ destination }) => (isIpv4(destination.address) ? 4 : 6)));
    return [...families].flatMap((family) => {
      const off = ports(director.host).filter(({ name }) => sysctl(director.host, forwardingOf(family, name)) === 0);
      if (off.length === 0) return [];
      const global = family === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
      const names = off.map(({ name }) => name).join(', ');
      return {
        severity: 'error',
        confidence: 'certain',
        host: director.host.name,
        evidence: sysctlEvidence(director.host, global, ...off.map(({ name }) => forwardingOf(family, name))),
        explanation: {
          en: `Requests that come in by ${names} are dropped with the reason forwarding-off, and replies of masqueraded connections too: clients time out.`,
          zh: `从 ${names} 进来的请求会以 forwarding-off 为由被丢弃，NAT 方式下真实服务器的应答也一样：客户端只会超时。`,
        },
        fix: { host: director.host.name, command: `sysctl -w ${global}=1`, undo: `sysctl -w ${global}=0` },
      };
    });
  },
};

function forwardingOf(family: number, nic: string): string {
  return `net.ipv${family}.conf.${nic}.forwarding`;
}
