import { flowOfQuote, hasGoodIcmpChecksum, quoteOf } from '../lvs/icmp-quote.ts';
import { answerLocally } from '../lvs/host/answer.ts';
import { newHandling } from '../lvs/handling.ts';
import type { Packet } from '../lvs/packet.ts';
import { u32 } from '../net/bytes.ts';
import { ipv4At } from '../net/ip-address.ts';
import type { Host } from './host.ts';
import { sendOwnPacket } from './ip-output.ts';
import { receiveNeighbourMessage } from './nd.ts';

/** What an ICMP error means to a program whose packet caused it. */
export type IcmpNews =
  | { kind: 'unreachable'; errno: 'ENETUNREACH' | 'EHOSTUNREACH' | 'ECONNREFUSED' | 'ENOPROTOOPT' }
  | { kind: 'mtu'; mtu: number }
  | { kind: 'ttl' };

/** Codes of "destination unreachable" and what a program is told (icmp_err_convert of the kernel). */
const ERRNO_OF_CODE: ReadonlyMap<number, Extract<IcmpNews, { kind: 'unreachable' }>['errno']> = new Map([
  [0, 'ENETUNREACH'],
  [1, 'EHOSTUNREACH'],
  [2, 'ENOPROTOOPT'],
  [3, 'ECONNREFUSED'],
  [9, 'ENETUNREACH'],
  [10, 'EHOSTUNREACH'],
  [13, 'EHOSTUNREACH'],
]);

const ERRNO_OF_CODE6: typeof ERRNO_OF_CODE = new Map([
  [0, 'ENETUNREACH'],
  [1, 'EHOSTUNREACH'],
  [3, 'EHOSTUNREACH'],
  [4, 'ECONNREFUSED'],
]);

export function receiveIcmp(host: Host, nic: string, packet: Packet): void {
  if (!hasGoodIcmpChecksum(packet)) return;
  if (packet.family === 'inet6' && receiveNeighbourMessage(host, nic, packet)) return;
  const type = packet.bytes[packet.transport]!;
  if (packet.family === 'inet' && type === 5) return receiveRedirect(host, nic, packet);
  const news = newsOf(packet);
  if (news === undefined) return answerEcho(host, packet);
  countError(host, packet, news);
  const quote = quoteOf(packet);
  const flow = quote && flowOfQuote(packet, quote);
  if (flow === undefined) return;
  if (news.kind === 'mtu') learnMtu(host, flow.destination, news.mtu);
  host.transport.hear(flow, news);
}

function learnMtu(host: Host, address: string, told: number): void {
  const route = host.routing.lookup(address);
  if (route.kind !== 'unicast') return;
  const now = host.now / 1000;
  host.pathMtu.learn(address, told, { carried: host.pathMtu.limit(address, route.mtu, now), now });
}

function newsOf({ bytes, transport, family }: Packet): IcmpNews | undefined {
  const [type, code] = [bytes[transport], bytes[transport + 1]!];
  if (family === 'inet') {
    if (type === 3 && code === 4) return { kind: 'mtu', mtu: u32(bytes, transport + 4) & 0xffff };
    if (type === 3) return { kind: 'unreachable', errno: ERRNO_OF_CODE.get(code) ?? 'EHOSTUNREACH' };
    return type === 11 ? { kind: 'ttl' } : undefined;
  }
  if (type === 2) return { kind: 'mtu', mtu: u32(bytes, transport + 4) };
  if (type === 1) return { kind: 'unreachable', errno: ERRNO_OF_CODE6.get(code) ?? 'EHOSTUNREACH' };
  return type === 3 ? { kind: 'ttl' } : undefined;
}

function countError(host: Host, { family }: Packet, news: IcmpNews): void {
  if (family === 'inet') host.counters.count(news.kind === 'ttl' ? 'IcmpInTimeExcds' : 'IcmpInDestUnreachs');
}

function answerEcho(host: Host, packet: Packet): void {
  const handling = newHandling();
  answerLocally(host, handling, packet);
  for (const bytes of handling.own) sendOwnPacket(host, bytes);
}

/**
 * A better gateway for one destination, if the host believes it: it must come from the present gateway and name a host of the
 * same network (__ip_do_redirect).
 */
function receiveRedirect(host: Host, nic: string, packet: Packet): void {
  host.counters.count('IcmpInRedirects');
  const quote = quoteOf(packet);
  if (quote === undefined || !host.sysctls.acceptsRedirects(nic)) return;
  const { destination } = quote;
  const gateway = ipv4At(packet.bytes, packet.transport + 4);
  const route = host.routing.lookup(destination);
  if (route.kind !== 'unicast' || route.interface !== nic) return;
  const present = host.redirected.get(destination) ?? route.nextHop;
  if (present !== packet.source || host.owns(gateway)) return;
  if (!host.addressesOn(nic, 'inet').some(({ prefix }) => prefix.contains(gateway))) return;
  host.redirected.set(destination, gateway);
  host.tell({
    kind: 'icmp',
    nic,
    bytes: packet.bytes,
    text: {
      en: `${host.name} believes the redirect: from now on it sends to ${destination} by ${gateway}.`,
      zh: `${host.name} 相信了重定向：此后发往 ${destination} 的报文走 ${gateway}。`,
    },
  });
}
