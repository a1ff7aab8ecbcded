/** Milliseconds that a path MTU is believed, and the least that is (net.ipv4.route.mtu_expires, min_pmtu; RFC 8200 section 5). */
const BELIEVED = 600_000;
const LEAST = 552;
const LEAST_INET6 = 1280;

/** What ICMP errors have said about paths: the largest packet that arrives, by destination address. */
export class PathMtu {
  readonly #known = new Map<string, { mtu: number; until: number }>();

  /**
   * Learns what an ICMP error tells, which never raises what is known: of IPv4 no less than 552 bytes, unless the way there carries less; what
   * is too little for IPv6 is no news (__ip_rt_update_pmtu, __ip6_rt_update_pmtu; recorded: wire/tun-ipip-mtu-told).
   * @param carried bytes that a packet to the address may have so far
   */
  learn(address: string, told: number, { carried, now }: { carried: number; now: number }): void {
    if (told > carried || (address.includes(':') && told < LEAST_INET6)) return;
    this.#known.set(address, { mtu: Math.max(told, Math.min(carried, LEAST)), until: now + BELIEVED });
  }

  knows(address: string, now: number): boolean {
    return (this.#known.get(address)?.until ?? 0) > now;
  }

  /** That learns by itself from here on. */
  copy(): PathMtu {
    const copy = new PathMtu();
    for (const [address, known] of this.#known) copy.#known.set(address, known);
    return copy;
  }

  /** The MTU of a route whose interface carries `mtu` bytes, to this address. */
  limit(address: string, mtu: number, now: number): number {
    const known = this.#known.get(address);
    return known !== undefined && known.until > now ? Math.min(mtu, known.mtu) : mtu;
  }
}
