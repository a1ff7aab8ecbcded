import { destinations } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { routeEvidence, routeTo } from '../host.ts';

/** Direct routing hands the frame to the real server's own MAC: a router between would only send it back to the VIP. */
export const serverBeyondRouter: Rule = {
  id: 'server-beyond-router',
  number: 17,
  looks: ['director'],
  faults: ['server-beyond-router'],
  title: { en: 'Direct routing to a server behind a router', zh: '对路由器后面的服务器使用了直接路由' },
  examine(patient) {
    const { director } = patient;
    if (director === undefined) return [];
    return destinations(patient).flatMap(({ destination }) => {
      const route = routeTo(director.host, destination.address);
      if (destination.method !== 'route' || route?.via === undefined) return [];
      return {
        severity: 'error',
        confidence: 'certain',
        host: director.host.name,
        evidence: [routeEvidence(director.host, destination.address)],
        explanation: {
          en: `${destination.address} is reached by the gateway ${route.via}. With -g the packet keeps the VIP as its destination, so the gateway sends it back to the director, round and round until its TTL ends.`,
          zh: `${destination.address} 要经过网关 ${route.via} 才能到达。-g 方式下报文目的地址仍是 VIP，网关会把它送回调度器，来回兜圈直到 TTL 耗尽。`,
        },
        fix: undefined,
      };
    });
  },
};
