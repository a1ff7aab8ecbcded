/** What an IP packet carries (IANA "Protocol Numbers"), and the next headers of IPv6. */
export const IP_PROTOCOL = {
  hopByHop: 0,
  icmp: 1,
  /** IPv4 in IP: RFC 2003, RFC 2473. */
  ipip: 4,
  tcp: 6,
  udp: 17,
  /** IPv6 in IP: RFC 4213, RFC 2473. */
  sit: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  esp: 50,
  authentication: 51,
  icmpv6: 58,
  noNextHeader: 59,
  destinationOptions: 60,
  sctp: 132,
} as const;

const NAMES = new Map<number, string>(Object.entries(IP_PROTOCOL).map(([name, number]) => [number, name]));

/** `tcp` for 6; the number itself where it has no name here. */
export function protocolName(protocol: number): string {
  return NAMES.get(protocol) ?? String(protocol);
}
