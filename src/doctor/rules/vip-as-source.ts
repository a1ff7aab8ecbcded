import { isIpv4, vipDuties } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { defaultRoute, ownAddress } from '../host.ts';

/** RFC 6724: an IPv6 host without another global address on the way out takes the VIP as source of its own connections; one that is deprecated is no other. */
export const vipAsSource: Rule = {
  id: 'vip-as-source',
  number: 32,
  looks: ['real server'],
  faults: ['vip-as-source'],
  title: { en: 'The real server uses the VIP for its own connections', zh: '真实服务器自己的连接用了 VIP 作源地址' },
  examine(patient) {
    return vipDuties(patient).flatMap(({ server: { host }, vip }) => {
      const own = ownAddress(host, vip);
      if (isIpv4(vip) || own === undefined || own.deprecated || !own.interface.loopback) return [];
      const out = host.interfaces.find(({ name }) => name === defaultRoute(host, vip)?.dev);
      const others =
        out?.addresses.filter(
          ({ address, deprecated }) => !isIpv4(address) && !address.startsWith('fe80:') && !deprecated,
        ) ?? [];
      if (out === undefined || others.length > 0) return [];
      return {
        severity: 'warning',
        confidence: 'likely',
        host: host.name,
        evidence: [
          {
            command: 'ip -6 address show',
            value: `${vip}/${own.length} on lo is not deprecated, and ${out.name} has no global address that is preferred`,
            valueZh: `lo 上的 ${vip}/${own.length} 不是 deprecated，而 ${out.name} 没有首选的全局地址`,
          },
        ],
        explanation: {
          en: `What ${host.name} itself opens (updates, name lookups, database) leaves with ${vip} as its source, and the answers go to the director.`,
          zh: `${host.name} 自己发起的连接（更新、域名解析、数据库）会以 ${vip} 为源地址，应答都跑到调度器那里去了。`,
        },
        fix: {
          host: host.name,
          command: `ip -6 address change ${vip}/${own.length} dev lo preferred_lft 0`,
          undo: `ip -6 address change ${vip}/${own.length} dev lo preferred_lft forever`,
        },
      };
    });
  },
};
