import { familyOf, type Tunnel } from '../../lvs/service.ts';
import { tunnelHeaderLength } from '../../lvs/forward/tunnel.ts';
import { dutiesBy, isIpv4 } from '../duties.ts';
import type { DestinationFacts, Duty, HostFacts, Patient, RouteFacts, SizeProbe } from '../facts.ts';
import type { Evidence, Finding, Fix, Rule } from '../finding.ts';
import { defaultRoute, segmentOf } from '../host.ts';

/** Bytes of the IP header, and of IP and TCP. */
const IP_HEADER = { inet: 20, inet6: 40 } as const;
const TCP_HEADER = 20;
const ETHERNET = 1500;
const TUNNELS = new Set(['ipip', 'sit', 'ip6tnl', 'gre', 'ip6gre', 'fou']);

/**
 * The real server asks its clients for segments that fill its own MTU; inside another header, or over a link of the way that holds less,
 * those do not fit: small requests work and uploads hang.
 */
export const tunnelMtu: Rule = {
  id: 'tunnel-mtu',
  number: 21,
  looks: ['real server', 'network'],
  faults: ['mtu-black-hole'],
  title: { en: 'Full segments do not fit the tunnel, or the way', zh: '满长报文放不进隧道，或者过不了链路' },
  examine(patient) {
    return [...examineServers(patient), ...examineGateways(patient)];
  },
};

function examineServers(patient: Patient): Finding[] {
  return dutiesBy(patient, 'masquerade', 'route', 'tunnel', 'full-nat').flatMap(({ server: { host }, duty }) => {
    if (duty.method === 'tunnel' && !isUnwrapped(host, duty)) return [];
    const back = defaultRoute(host, duty.vip ?? duty.address);
    const known = destinationOf(patient, duty);
    const headers = IP_HEADER[familyOf(duty.vip ?? duty.address)] + TCP_HEADER;
    const own = segmentOf(host, duty.address)?.mtu ?? ETHERNET;
    const overhead = overheadOf(host, duty, known?.tunnel);
    const [way, evidence] = wayOf(patient, duty, own, known?.size);
    const asked = back?.advmss ?? own - headers;
    if (asked + headers + overhead <= way) return [];
    const route = back === undefined ? undefined : routeWords(back);
    const long = asked + headers + overhead;
    return {
      severity: 'warning',
      confidence: 'likely',
      host: host.name,
      evidence: [
        back?.advmss === undefined
          ? {
              command: 'ip route show default',
              value: `${route ?? 'none'}, advmss not set`,
              valueZh: `${route ?? '无'}，没有设置 advmss`,
            }
          : { command: 'ip route show default', value: `${routeWords(back)}, advmss ${back.advmss}` },
        ...(evidence === undefined ? [{ command: `ip link show`, value: `mtu ${way}` }] : [evidence]),
      ],
      explanation: {
        en: `${host.name} tells clients to send segments of ${asked} bytes. ${overhead > 0 ? "With the tunnel's header they" : 'With their headers they'} are ${long} bytes long, and the way holds ${way}: uploads hang while small requests work.`,
        zh: `${host.name} 告诉客户端可以发 ${asked} 字节的报文段。${overhead > 0 ? '加上隧道头部' : '加上报文头'}就是 ${long} 字节，而链路只容得下 ${way}：小请求正常，上传却会卡住。`,
      },
      fix: back === undefined ? undefined : lowered(host, back, way - headers - overhead),
    };
  });
}

function routeWords({ via, dev }: RouteFacts): string {
  return `default${via === undefined ? '' : ` via ${via}`}${dev === undefined ? '' : ` dev ${dev}`}`;
}

/** Asks clients for shorter segments. */
function lowered(host: HostFacts, route: RouteFacts, advmss: number): Fix {
  const ip = isIpv4(route.to.split('/')[0] ?? '') ? 'ip' : 'ip -6';
  const change = `${ip} route change ${routeWords(route)}`;
  return { host: host.name, command: `${change} advmss ${advmss}`, undo: change };
}

/** Where nothing comes out of a tunnel, its length is no matter. */
function isUnwrapped({ interfaces, unwraps }: HostFacts, { vip = '' }: Duty): boolean {
  return unwraps.includes(vip) || interfaces.some(({ kind, up }) => up && TUNNELS.has(kind));
}

/** The same between the clients and the director: what fills its interface does not reach the gateway. */
function examineGateways({ director }: Patient): Finding[] {
  if (director === undefined) return [];
  const { host, gateways } = director;
  return Object.entries(gateways)
    .filter(([, { answer }]) => answer === 'too-big' || answer === 'lost')
    .map(([gateway, probe]) => ({
      severity: 'warning',
      confidence: 'likely',
      host: host.name,
      evidence: [sizeEvidence(probe)],
      explanation: {
        en: `Packets that fill ${host.name}'s MTU do not reach its gateway ${gateway}: a link of this segment is narrower. Small requests work, and uploads hang where the client does not hear "fragmentation needed". Give all of the segment one MTU, or let ICMP through.`,
        zh: `塞满 ${host.name} 的 MTU 的报文到不了网关 ${gateway}：这个网段里有一段链路更窄。小请求正常；客户端若收不到“需要分片”，上传就会卡住。请让整个网段 MTU 一致，或放行 ICMP。`,
      },
      fix: undefined,
    }));
}

function destinationOf({ director }: Patient, { address, method }: Duty): DestinationFacts | undefined {
  return director?.services
    .flatMap(({ destinations }) => destinations)
    .find((one) => one.address === address && one.method === method);
}

/** Bytes that the tunnel adds and that nobody takes off the segments that clients are asked for: `weir decap` does. */
function overheadOf(host: HostFacts, { method, vip = '', address }: Duty, tunnel: Tunnel | undefined): number {
  if (method !== 'tunnel' || host.unwraps.includes(vip)) return 0;
  return IP_HEADER[familyOf(address)] + (tunnel === undefined ? 0 : tunnelHeaderLength(tunnel));
}

/** What the way holds: the least that an interface has, or that a packet of full size was told. */
function wayOf(
  { director }: Patient,
  { address }: Duty,
  own: number,
  size: SizeProbe | undefined,
): [bytes: number, seen: Evidence | undefined] {
  if (size?.answer === 'too-big' || size?.answer === 'lost')
    return [size.answer === 'lost' ? size.size - 1 : size.size, sizeEvidence(size)];
  const nic = director === undefined ? undefined : segmentOf(director.host, address);
  if (nic === undefined || nic.mtu >= own) return [own, undefined];
  const [command, where] = [`ip link show ${nic.name}`, director?.host.name ?? ''];
  return [nic.mtu, { command, value: `mtu ${nic.mtu} on ${where}`, valueZh: `${where} 上 mtu ${nic.mtu}` }];
}

/** What a packet of full size has met: a router that said what fits, or silence where a small one was answered. */
function sizeEvidence({ answer, size, command }: SizeProbe): Evidence {
  if (answer === 'lost') return { command, value: 'no answer, but to a small one', valueZh: '没有应答，而小包有应答' };
  return { command, value: `too long, ${size} would fit`, valueZh: `太长，${size} 字节才放得下` };
}
