import type { Family } from '../lvs/service.ts';
import type { Counter } from './counters.ts';
import type { Words } from '../base/words.ts';

interface DropEntry extends Words {
  /** What Linux counts, by family; nothing where it drops in silence. */
  counts?: Partial<Record<Family, Counter>>;
}

/** Why the stack of a host goes no further with a packet. What a director drops has its own reasons (src/lvs/reason.ts). */
export const DROPS = {
  malformed: { en: 'its headers contradict themselves', zh: '报文头自相矛盾' },
  'martian-source': {
    en: 'it comes from outside with a source that nothing outside may have: an address of this host itself, or one of loopback or a group (a martian)',
    zh: '它从外面来，源地址却是外面不可能有的：本机自己的地址、环回地址或组播地址（martian）',
  },
  'martian-destination': {
    en: 'its destination is an address that nobody sends to over a wire',
    zh: '目的地址不可能出现在网线上',
  },
  'rp-filter': {
    en: 'the reverse path filter (rp_filter): an answer to its source would leave by another interface, or could not leave at all',
    zh: '反向路径过滤（rp_filter）：回给源地址的包会从另一块网卡出去，或者根本没有路由',
    counts: { inet: 'TcpExtIPReversePathFilter' },
  },
  'not-forwarding': {
    en: 'the destination is none of its addresses, and it does not forward (ip_forward=0)',
    zh: '目的地址不是本机地址，而本机不转发（ip_forward=0）',
    counts: { inet: 'IpInAddrErrors', inet6: 'Ip6InAddrErrors' },
  },
  'no-route': {
    en: 'it has no route to the destination',
    zh: '没有到目的地址的路由',
    counts: { inet: 'IpExtInNoRoutes', inet6: 'Ip6InNoRoutes' },
  },
  'ttl-expired': {
    en: 'the TTL has run out',
    zh: 'TTL 已减到 0',
    counts: { inet: 'IpInHdrErrors', inet6: 'Ip6InHdrErrors' },
  },
  'too-big': {
    en: 'it is larger than the MTU of the way out and must not be fragmented (DF)',
    zh: '它大于出口的 MTU，又不许分片（DF）',
    counts: { inet: 'IpFragFails', inet6: 'Ip6FragFails' },
  },
  'neighbour-failed': {
    en: 'nobody has told the MAC address of the next hop',
    zh: '没有人回答下一跳的 MAC 地址',
  },
  'foreign-xdp': {
    en: 'an XDP program of somebody else, before the stack, the director and tcpdump have seen it',
    zh: '网卡上别人的 XDP 程序，抢在协议栈、调度器和 tcpdump 之前',
  },
  firewall: { en: 'a rule of its firewall', zh: '被它自己的防火墙规则丢弃' },
  'tcp-checksum': {
    en: 'the checksum of its TCP header is wrong',
    zh: 'TCP 首部的校验和是错的',
    counts: { inet: 'TcpInCsumErrors', inet6: 'TcpInCsumErrors' },
  },
  'udp-checksum': {
    en: 'the checksum of its UDP header is wrong',
    zh: 'UDP 首部的校验和是错的',
    counts: { inet: 'UdpInCsumErrors', inet6: 'Udp6InCsumErrors' },
  },
  'port-closed': {
    en: 'nothing listens on this TCP port',
    zh: '这个 TCP 端口上没有程序在监听',
    counts: { inet: 'TcpOutRsts', inet6: 'TcpOutRsts' },
  },
  'no-connection': {
    en: 'it belongs to no TCP connection of this host',
    zh: '它不属于本机的任何 TCP 连接',
    counts: { inet: 'TcpOutRsts', inet6: 'TcpOutRsts' },
  },
  'no-listener': {
    en: 'nothing listens on this UDP port',
    zh: '这个 UDP 端口上没有程序在监听',
    counts: { inet: 'UdpNoPorts', inet6: 'Udp6NoPorts' },
  },
  'protocol-unknown': {
    en: 'nothing on this host takes this IP protocol (a tunnel device is missing or down)',
    zh: '本机没有程序接收这种 IP 协议（缺少隧道设备，或者它没有启用）',
    counts: { inet: 'IpInUnknownProtos', inet6: 'Ip6InUnknownProtos' },
  },
  broadcast: { en: 'it is for everybody, and nothing here listens', zh: '它是广播，本机没有程序接收' },
} as const satisfies Record<string, DropEntry>;

export type DropReason = keyof typeof DROPS;

/** The counter that moves when a packet of this family ends here. */
export function counterOf(reason: DropReason, family: Family): Counter | undefined {
  const entry: DropEntry = DROPS[reason];
  return entry.counts?.[family];
}
