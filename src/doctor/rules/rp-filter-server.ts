import { isIpv4, vipDuties } from '../duties.ts';
import type { Rule } from '../finding.ts';
import { counterEvidence, defaultRoute, greaterSetting, ports, segmentOf, sysctlEvidence } from '../host.ts';

const STRICT = 1;

/** A strict reverse path filter drops a request whose client is routed by another interface than the one it came in by. */
export const rpFilterServer: Rule = {
  id: 'rp-filter-server',
  number: 14,
  title: { en: 'The reverse path filter of the real server drops requests', zh: '真实服务器的反向路径过滤丢弃了请求' },
  examine(patient) {
    return vipDuties(patient).flatMap(({ server: { host }, duty, vip }) => {
      if (!isIpv4(vip)) return [];
      const back = defaultRoute(host, vip)?.dev;
      const tunnels = host.interfaces.filter(({ kind, up }) => up && ['ipip', 'gre', 'sit'].includes(kind));
      const ways =
        duty.method === 'tunnel'
          ? tunnels
          : ports(host).filter(({ name }) => segmentOf(host, duty.address)?.name === name);
      return ways
        .filter(({ name }) => back !== undefined && back !== name && greaterSetting(host, 'rp_filter', name) === STRICT)
        .map(({ name }) => ({
          severity: 'error',
          confidence: (host.counters['TcpExt:IPReversePathFilter'] ?? 0) > 0 ? 'certain' : 'likely',
          host: host.name,
          evidence: [
            ...sysctlEvidence(host, 'net.ipv4.conf.all.rp_filter', `net.ipv4.conf.${name}.rp_filter`),
            { command: 'ip route show default', value: `dev ${back ?? ''}` },
            ...counterEvidence(host, 'TcpExt:IPReversePathFilter'),
          ],
          explanation: {
            en: `Requests for ${vip} come in by ${name}, but the way back to their clients leads out of ${back ?? ''}: with rp_filter=1 they are dropped as forged, and only TcpExt:IPReversePathFilter tells.`,
            zh: `发往 ${vip} 的请求从 ${name} 进来，而回客户端的路从 ${back ?? ''} 出去：rp_filter=1 时会被当作伪造报文丢弃，只有 TcpExt:IPReversePathFilter 在增长。`,
          },
          fix: {
            host: host.name,
            command: `sysctl -w net.ipv4.conf.${name}.rp_filter=2`,
            undo: `sysctl -w net.ipv4.conf.${name}.rp_filter=${host.sysctls[`net.ipv4.conf.${name}.rp_filter`] ?? '0'}`,
          },
        }));
    });
  },
};
