import type { Rule } from '../finding.ts';
import { ports } from '../host.ts';

/** Somebody who is neither the director nor one of its real servers answers for the VIP: a second master, or a foreign host. */
export const duplicateVip: Rule = {
  id: 'duplicate-vip',
  number: 29,
  looks: ['network'],
  faults: ['duplicate-vip'],
  title: { en: 'Another host has the VIP', zh: '另有主机占用了 VIP' },
  examine({ director, servers }) {
    if (director === undefined) return [];
    const known = new Set(servers.flatMap(({ host }) => ports(host).map(({ mac }) => mac)));
    return Object.entries(director.answers).flatMap(([vip, macs]) => {
      const foreign = macs.filter((mac) => !known.has(mac));
      if (foreign.length === 0) return [];
      return {
        severity: 'error',
        confidence: 'certain',
        host: director.host.name,
        evidence: [
          {
            command: `arping -c 1 ${vip}`,
            value: `answered by ${foreign.join(', ')}`,
            valueZh: `应答的是 ${foreign.join('、')}`,
          },
        ],
        explanation: {
          en: `${foreign.join(', ')} answers for ${vip} beside this director. Clients and routers believe whoever answered last: requests go now here, now there.`,
          zh: `除本调度器外，${foreign.join('、')} 也在应答 ${vip}。客户端和路由器谁后应答信谁：请求时而到这里，时而到那里。`,
        },
        fix: undefined,
      };
    });
  },
};
