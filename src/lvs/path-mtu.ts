/** Milliseconds that a path MTU is believed, and the least that is (net.ipv4.route.mtu_expires, min_pmtu). */
const BELIEVED = 600_000;
const LEAST = 552;

/** What ICMP errors have said about paths: the largest packet that arrives, by destination address. */
export class PathMtu {
  readonly #known = new Map<string, { mtu: number; until: number }>();

  learn(address: string, mtu: number, now: number): void {
    this.#known.set(address, { mtu: Math.max(mtu, LEAST), until: now + BELIEVED });
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
