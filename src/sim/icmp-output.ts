import { addressToBytes } from '../net/address.ts';
import { u32 } from '../net/bytes.ts';
import { sendIcmp as makeIcmp, sendIcmpError, type IcmpError } from '../lvs/icmp-error.ts';
import { newHandling } from '../lvs/handling.ts';
import type { Packet } from '../lvs/packet.ts';
import type { Counter } from './counters.ts';
import type { Host } from './host.ts';
import { sendOwnPacket } from './ip-output.ts';

const REDIRECT = 5;
const REDIRECT_FOR_HOST = 1;
/** The kernel gives up after nine redirects to a host that does not listen (ip_rt_redirect_number). */
const MOST_REDIRECTS = 9;

const COUNTERS: Readonly<Record<IcmpError, readonly [Counter, Counter]>> = {
  'network-unreachable': ['IcmpOutDestUnreachs', 'Icmp6OutDestUnreachs'],
  'host-unreachable': ['IcmpOutDestUnreachs', 'Icmp6OutDestUnreachs'],
  'protocol-unreachable': ['IcmpOutDestUnreachs', 'Icmp6OutDestUnreachs'],
  'port-unreachable': ['IcmpOutDestUnreachs', 'Icmp6OutDestUnreachs'],
  'too-big': ['IcmpOutDestUnreachs', 'Icmp6OutPktTooBigs'],
  'ttl-expired': ['IcmpOutTimeExcds', 'Icmp6OutTimeExcds'],
};

/**
 * Tells the sender of a packet that it has not arrived.
 * @param info the MTU, for 'too-big'
 */
export function sendIcmp(host: Host, packet: Packet, error: IcmpError, info = 0): void {
  const handling = newHandling();
  sendIcmpError(host, handling, packet, error, info);
  if (handling.own.length === 0) return;
  host.counters.count(COUNTERS[error][packet.family === 'inet' ? 0 : 1]);
  const detail = error === 'too-big' ? ` (MTU ${info})` : '';
  tell(host, packet, {
    en: `ICMP ${error.replaceAll('-', ' ')}${detail}`,
    zh: `ICMP ${ZH[error]}${detail}`,
  });
  for (const bytes of handling.own) sendOwnPacket(host, bytes);
}

const ZH: Readonly<Record<IcmpError, string>> = {
  'network-unreachable': '网络不可达',
  'host-unreachable': '主机不可达',
  'protocol-unreachable': '协议不可达',
  'port-unreachable': '端口不可达',
  'too-big': '需要分片',
  'ttl-expired': 'TTL 超时',
};

/** Tells a sender on the same network the better gateway (ip_rt_send_redirect). */
export function sendRedirect(host: Host, packet: Packet, gateway: string): void {
  const sent = host.redirects.get(packet.source) ?? 0;
  if (packet.family === 'inet6' || sent >= MOST_REDIRECTS) return;
  host.redirects.set(packet.source, sent + 1);
  const handling = newHandling();
  const info = u32(addressToBytes(gateway), 0);
  makeIcmp(host, handling, packet, { type: REDIRECT, code: REDIRECT_FOR_HOST, info, what: 'redirect' });
  if (handling.own.length === 0) return;
  host.counters.count('IcmpOutRedirects');
  const { destination } = packet;
  tell(host, packet, {
    en: `ICMP redirect: ${destination} is reached better by ${gateway}, on your own network`,
    zh: `ICMP 重定向：去 ${destination} 走 ${gateway} 更近，它就在你的网段里`,
  });
  for (const bytes of handling.own) sendOwnPacket(host, bytes);
}

function tell(host: Host, { bytes, source }: Packet, what: { en: string; zh: string }): void {
  host.tell({
    kind: 'icmp',
    bytes,
    text: { en: `${host.name} tells ${source}: ${what.en}.`, zh: `${host.name} 告诉 ${source}:${what.zh}。` },
  });
}
