import { dutiesBy, isIpv4 } from '../duties.ts';
import type { Duty, HostFacts, InterfaceFacts } from '../facts.ts';
import type { Rule } from '../finding.ts';
import { counterEvidence, defaultRoute, greaterSetting, ports, routeTo, segmentOf, sysctlEvidence } from '../host.ts';

const STRICT = 1;

/** A strict reverse path filter drops a request whose client is routed by another interface than the one it came in by. */
export const rpFilterServer: Rule = {
  id: 'rp-filter-server',
  number: 14,
  looks: ['real server'],
  faults: ['rp-filter'],
  title: { en: 'The reverse path filter of the real server drops requests', zh: '真实服务器的反向路径过滤丢弃了请求' },
  examine(patient) {
    const clients = (patient.director?.connections ?? []).map(({ client }) => client);
    return dutiesBy(patient, 'masquerade', 'route', 'tunnel', 'full-nat').flatMap(({ server: { host }, duty }) => {
      const asked = duty.vip ?? duty.address;
      if (!isIpv4(asked)) return [];
      const ways = waysBack(host, asked, duty.method === 'full-nat' ? [] : clients);
      return waysIn(host, duty)
        .map(({ name }) => ({ name, back: ways.find((dev) => dev !== name) }))
        .filter(({ name, back }) => back !== undefined && greaterSetting(host, 'rp_filter', name) === STRICT)
        .map(({ name, back = '' }) => ({
          severity: 'error',
          confidence: (host.counters['TcpExt:IPReversePathFilter'] ?? 0) > 0 ? 'certain' : 'likely',
          host: host.name,
          evidence: [
            ...sysctlEvidence(host, 'net.ipv4.conf.all.rp_filter', `net.ipv4.conf.${name}.rp_filter`),
            { command: 'ip route get CLIENT', value: `dev ${back}` },
            ...counterEvidence(host, 'TcpExt:IPReversePathFilter'),
          ],
          explanation: {
            en: `Requests for ${asked} come in by ${name}, but the way back to their clients leads out of ${back}: with rp_filter=1 they are dropped as forged, and only TcpExt:IPReversePathFilter tells.`,
            zh: `发往 ${asked} 的请求从 ${name} 进来，而回客户端的路从 ${back} 出去：rp_filter=1 时会被当作伪造报文丢弃，只有 TcpExt:IPReversePathFilter 在增长。`,
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

/** `weir decap` unwraps in front of the stack: what was inside comes in by the interface of the tunnel packet. */
function waysIn(host: HostFacts, { method, vip, address }: Duty): InterfaceFacts[] {
  if (method === 'tunnel' && !host.unwraps.includes(vip ?? '')) {
    return host.interfaces.filter(({ kind, up }) => up && ['ipip', 'gre', 'sit'].includes(kind));
  }
  return ports(host).filter(({ name }) => segmentOf(host, address)?.name === name);
}

/** Interfaces that lead back to the clients that are known, and to those that are not. */
function waysBack(host: HostFacts, asked: string, clients: readonly string[]): string[] {
  const known = clients.filter(isIpv4).flatMap((client) => routeTo(host, client)?.dev ?? []);
  const others = defaultRoute(host, asked)?.dev;
  return [...new Set(others === undefined ? known : [...known, others])];
}
