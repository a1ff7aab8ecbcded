import { vips } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { isLocal, segmentOf } from '../host.ts';

/**
 * Weir forwards without the VIP being the director's own, but somebody must answer ARP for it where it lies in a connected
 * network; elsewhere a router has to send it here, which cannot be seen from here.
 */
export const vipUnreachable: Rule = {
  id: 'vip-unreachable',
  number: 6,
  title: { en: 'Nobody answers for the VIP', zh: 'VIP 无人应答' },
  examine(patient) {
    const { director } = patient;
    if (director === undefined) return [];
    const { host } = director;
    return vips(patient).flatMap((vip) => {
      const segment = segmentOf(host, vip);
      if (segment === undefined || isLocal(host, vip)) return [];
      const length = vip.includes(':') ? 128 : 32;
      return {
        severity: 'error',
        confidence: 'likely',
        host: host.name,
        evidence: [
          {
            command: 'ip address show',
            value: `${vip} is no address of ${host.name}, but lies in the network of ${segment.name}`,
          },
        ],
        explanation: {
          en: `Neighbours on ${segment.name} ask by ARP who has ${vip}, and ${host.name} does not answer: requests never arrive.`,
          zh: `${segment.name} 上的邻居用 ARP 询问谁有 ${vip}，而 ${host.name} 不会应答：请求根本到不了。`,
        },
        fix: {
          host: host.name,
          command: `ip address add ${vip}/${length} dev ${segment.name}`,
          undo: `ip address del ${vip}/${length} dev ${segment.name}`,
        },
      };
    });
  },
};
