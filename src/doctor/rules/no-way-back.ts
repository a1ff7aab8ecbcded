import { dutiesBy } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { counterEvidence, defaultRoute, segmentOf } from '../host.ts';

/** A real server without a default route answers nobody but its neighbours. */
export const noWayBack: Rule = {
  id: 'no-way-back',
  number: 15,
  title: { en: 'The real server has no route to its clients', zh: '真实服务器没有到客户端的路由' },
  examine(patient) {
    const hosts = new Set<string>();
    return dutiesBy(patient, 'masquerade', 'route', 'tunnel').flatMap(({ server: { host, directors }, duty }) => {
      const address = duty.vip ?? duty.address;
      if (defaultRoute(host, address) !== undefined || hosts.has(host.name)) return [];
      hosts.add(host.name);
      const near = directors.find((one) => segmentOf(host, one) !== undefined);
      const gateway = duty.method === 'masquerade' ? near : undefined;
      return {
        severity: 'error',
        confidence: 'likely',
        host: host.name,
        evidence: [{ command: 'ip route show default', value: 'nothing' }, ...counterEvidence(host, 'Ip:OutNoRoutes')],
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
