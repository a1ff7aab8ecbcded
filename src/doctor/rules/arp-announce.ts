import { isIpv4, vipDuties } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { defaultRoute, greaterSetting, isLocal, sysctlEvidence } from '../host.ts';

/**
 * S12: asked by its own reply's source, the real server puts the VIP as sender into the ARP request for its gateway, and the
 * gateway learns the wrong MAC. A static entry for the gateway avoids the question, arp_announce=2 the wrong sender.
 */
export const arpAnnounce: Rule = {
  id: 'arp-announce',
  number: 12,
  title: { en: "The real server's ARP requests carry the VIP", zh: '真实服务器发出的 ARP 请求以 VIP 作为发送者' },
  examine(patient) {
    return vipDuties(patient).flatMap(({ server: { host }, duty, vip }) => {
      if (!isIpv4(vip) || duty.method !== 'route' || !isLocal(host, vip)) return [];
      const gateway = defaultRoute(host, vip);
      if (gateway?.via === undefined || gateway.dev === undefined) return [];
      if (greaterSetting(host, 'arp_announce', gateway.dev) >= 2) return [];
      const bound = host.neighbours.some(({ address, state }) => address === gateway.via && state === 'PERMANENT');
      if (bound) return [];
      return {
        severity: 'error',
        confidence: 'likely',
        host: host.name,
        evidence: [
          ...sysctlEvidence(host, 'net.ipv4.conf.all.arp_announce', `net.ipv4.conf.${gateway.dev}.arp_announce`),
          { command: 'ip neighbour show', value: `no permanent entry for ${gateway.via}` },
        ],
        explanation: {
          en: `Replies have ${vip} as their source, so ${host.name} asks for ${gateway.via} with ${vip} as the sender, and the gateway learns that ${vip} is at ${host.name}: the next requests pass the director by.`,
          zh: `应答报文的源地址是 ${vip}，于是 ${host.name} 查询网关 ${gateway.via} 的 ARP 请求也以 ${vip} 为发送者，网关就会以为 ${vip} 在 ${host.name} 上：之后的请求便绕过了调度器。`,
        },
        fix: {
          host: host.name,
          command: 'sysctl -w net.ipv4.conf.all.arp_announce=2',
          undo: `sysctl -w net.ipv4.conf.all.arp_announce=${host.sysctls['net.ipv4.conf.all.arp_announce'] ?? '0'}`,
        },
      };
    });
  },
};
