/**
 * What a host counts, under the names of /proc/net/snmp, /proc/net/snmp6 and /proc/net/netstat as `nstat -az` prints them, and
 * by the same rules, so that a simulated host and a real one can be asked the same question. RFC 4293 defines the IP ones,
 * RFC 4022 those of TCP.
 */
export const COUNTERS = [
  'IpInAddrErrors',
  'IpInHdrErrors',
  'IpForwDatagrams',
  'IpInUnknownProtos',
  'IpOutNoRoutes',
  'IpFragFails',
  'IpExtInNoRoutes',
  'IcmpOutDestUnreachs',
  'IcmpOutTimeExcds',
  'IcmpOutRedirects',
  'IcmpInDestUnreachs',
  'IcmpInTimeExcds',
  'IcmpInRedirects',
  'TcpAttemptFails',
  'TcpEstabResets',
  'TcpOutRsts',
  'TcpRetransSegs',
  'TcpInCsumErrors',
  'UdpNoPorts',
  'UdpInCsumErrors',
  'TcpExtIPReversePathFilter',
  'TcpExtEmbryonicRsts',
  'Ip6InAddrErrors',
  'Ip6InHdrErrors',
  'Ip6InNoRoutes',
  'Ip6OutNoRoutes',
  'Ip6InUnknownProtos',
  'Ip6OutForwDatagrams',
  'Ip6FragFails',
  'Icmp6OutDestUnreachs',
  'Icmp6OutTimeExcds',
  'Icmp6OutPktTooBigs',
  'Udp6NoPorts',
  'Udp6InCsumErrors',
] as const;

export type Counter = (typeof COUNTERS)[number];

export class Counters {
  readonly #values = new Map<Counter, number>();

  count(counter: Counter): void {
    this.#values.set(counter, this.get(counter) + 1);
  }

  get(counter: Counter): number {
    return this.#values.get(counter) ?? 0;
  }

  /** Those that have moved, in the order of `COUNTERS`. */
  moved(): Partial<Record<Counter, number>> {
    return Object.fromEntries(COUNTERS.filter((name) => this.get(name) > 0).map((name) => [name, this.get(name)]));
  }
}
