import { isIpv4, vipDuties } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { defaultRoute, routeText } from '../host.ts';

/**
 * With direct routing and tunnelling the reply has the VIP as its source. A director that owns the VIP drops it as a martian: a
 * packet from its own address cannot come from outside (fib_validate_source).
 */
export const drGateway: Rule = {
  id: 'dr-gateway',
  number: 13,
  looks: ['real server'],
  faults: ['gateway-director'],
  title: { en: 'Replies go by way of the director', zh: '应答又绕回了调度器' },
  examine(patient) {
    return vipDuties(patient).flatMap(({ server: { host, directors }, vip }) => {
      const gateway = defaultRoute(host, vip);
      if (!isIpv4(vip) || gateway?.via === undefined || !directors.includes(gateway.via)) return [];
      return {
        severity: 'error',
        confidence: 'certain',
        host: host.name,
        evidence: [{ command: 'ip route show default', value: routeText(gateway) }],
        explanation: {
          en: `${host.name} sends its replies, from ${vip}, to the director. That has ${vip} itself, takes them for forged and drops them without a word (in_martian_src in /proc/net/stat/rt_cache).`,
          zh: `${host.name} 把源地址为 ${vip} 的应答发给了调度器。调度器自己就有 ${vip}，认定报文是伪造的，不声不响地丢弃（/proc/net/stat/rt_cache 中的 in_martian_src）。`,
        },
        fix: undefined,
      };
    });
  },
};
