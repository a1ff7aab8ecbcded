import { familyOf } from '../../lvs/service.ts';
import { dutiesBy } from '../duties.ts';
import type { HostFacts } from '../facts.ts';
import type { Rule } from '../finding.ts';
import { counterEvidence, defaultRoute, routeTo, segmentOf } from '../host.ts';

/** A real server without a default route answers nobody but its neighbours, and clients may come from anywhere that the director reaches. */
export const noWayBack: Rule = {
  id: 'no-way-back',
  number: 15,
  looks: ['real server'],
  faults: ['no-return-route'],
  title: { en: 'The real server has no route to its clients', zh: '真实服务器没有到客户端的路由' },
  examine(patient) {
    const hosts = new Set<string>();
    return dutiesBy(patient, 'masquerade', 'route', 'tunnel').flatMap(({ server: { host, directors }, duty }) => {
      const address = duty.vip ?? duty.address;
      const missing = defaultRoute(host, address) === undefined && !reachesAll(host, patient.director?.host, address);
      if (!missing || hosts.has(host.name)) return [];
      hosts.add(host.name);
      const near = directors.find((one) => segmentOf(host, one) !== undefined);
      const gateway = duty.method === 'masquerade' ? near : undefined;
      return {
        severity: 'error',
        confidence: 'likely',
        host: host.name,
        evidence: [
          { command: 'ip route show default', value: 'nothing', valueZh: '空' },
          ...counterEvidence(host, 'Ip:OutNoRoutes'),
        ],
        explanation: {
          en: `${host.name} has no default route: it accepts requests from clients beyond its own segments and can answer none of them.`,
          zh: `${host.name} 没有默认路由：来自其他网段的请求它能收到，却一个也回不了。`,
        },
        fix:
          gateway === undefined
            ? undefined
            : { host: host.name, command: `ip route add default via ${gateway}`, undo: 'ip route del default' },
      };
    });
  },
};

/**
 * Where there is no default route, every network that the director can have clients in may still be known: with all on one segment
 * nobody needs a gateway.
 */
function reachesAll(host: HostFacts, director: HostFacts | undefined, family: string): boolean {
  if (director === undefined) return false;
  return director.routes
    .filter(({ kind, to, dev }) => kind === 'unicast' && dev !== 'lo' && familyOf(networkOf(to)) === familyOf(family))
    .filter(({ to }) => !networkOf(to).startsWith('fe80:'))
    .every(({ to }) => !to.endsWith('/0') && routeTo(host, networkOf(to)) !== undefined);
}

function networkOf(prefix: string): string {
  return prefix.split('/')[0] ?? '';
}
