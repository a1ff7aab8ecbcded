/**
 * The settings of a host that decide about forwarding and ARP, by the names of sysctl. Defaults are the kernel's
 * (devinet.c); what is not set for an interface is that of `default`.
 */
const DEFAULTS: Readonly<Record<string, number>> = {
  'net.ipv4.ip_forward': 0,
  'net.ipv6.conf.all.forwarding': 0,
  'net.ipv4.tcp_syn_retries': 6,
  'net.ipv4.tcp_syn_linear_timeouts': 4,
  'net.ipv4.tcp_synack_retries': 5,
  'net.ipv4.tcp_retries2': 15,
  'net.ipv4.ip_default_ttl': 64,
};

const CONF_DEFAULTS: Readonly<Record<string, number>> = {
  accept_redirects: 1,
  secure_redirects: 1,
  send_redirects: 1,
  shared_media: 1,
};

/** How `all` and the interface count together (inetdevice.h). */
type Rule = 'max' | 'or';

const RULES = {
  rp_filter: 'max',
  arp_ignore: 'max',
  arp_announce: 'max',
  accept_local: 'or',
  send_redirects: 'or',
  shared_media: 'or',
  secure_redirects: 'or',
  arp_filter: 'or',
  proxy_arp: 'or',
  log_martians: 'or',
  route_localnet: 'or',
} as const satisfies Record<string, Rule>;

export type ConfKey = keyof typeof RULES;

export class Sysctls {
  readonly #values = new Map<string, number>();

  /** @param given by full name: `net.ipv4.conf.all.arp_ignore` */
  constructor(given: Readonly<Record<string, string>> = {}) {
    for (const [key, value] of Object.entries(given)) this.set(key, value);
  }

  /** Writing ip_forward changes accept_redirects for all (inet_forward_change of the kernel). */
  set(key: string, value: string): void {
    this.#values.set(key, Number(value));
    if (key === 'net.ipv4.ip_forward')
      this.#values.set('net.ipv4.conf.all.accept_redirects', Number(Number(value) === 0));
  }

  get(key: string): number {
    return this.#values.get(key) ?? DEFAULTS[key] ?? 0;
  }

  /** What a setting of net.ipv4.conf comes to on an interface, together with `all`. */
  conf(name: ConfKey, nic: string): number {
    const [all, own] = [this.confOf(name, 'all'), this.confOf(name, nic)];
    switch (RULES[name]) {
      case 'max':
        return Math.max(all, own);
      case 'or':
        return Number(all !== 0 || own !== 0);
    }
  }

  /** Where a host forwards, a redirect must be welcome on `all` and on the interface; else on one of them. */
  acceptsRedirects(nic: string): boolean {
    const [all, own] = [this.confOf('accept_redirects', 'all') !== 0, this.confOf('accept_redirects', nic) !== 0];
    return this.forwards('inet') ? all && own : all || own;
  }

  forwards(family: 'inet' | 'inet6'): boolean {
    return this.get(family === 'inet' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding') !== 0;
  }

  /** A setting of one interface alone, or of `all`. */
  confOf(name: string, nic: string): number {
    const own = this.#values.get(`net.ipv4.conf.${nic}.${name}`);
    if (own !== undefined) return own;
    const inherited = nic === 'all' ? undefined : this.#values.get(`net.ipv4.conf.default.${name}`);
    return inherited ?? CONF_DEFAULTS[name] ?? 0;
  }
}
