import { z } from 'zod';

/**
 * What `ip -json` prints, of this host or of one that was asked by a shell: the only place that reads it. Words that are not read here
 * may be there too, and nothing printed is an empty list: a host without IPv6 has no routes of it.
 */

/** `ip -json [-details] link show`, `ip -json [-details] address show`; addresses are those that the command prints. */
export interface IpLink {
  /** 0 where it was not printed. */
  index: number;
  name: string;
  up: boolean;
  loopback: boolean;
  /** Frames begin with an Ethernet header. */
  ethernet: boolean;
  mtu: number;
  /** What the link calls its address: a MAC for Ethernet, '' where there is none. */
  address: string;
  /** Name of the bridge or bond it is a port of. */
  master: string | undefined;
  /** Kind of a virtual device (`-details`); '' for hardware. */
  kind: string;
  /** Name of the link below, of a VLAN interface for example; of a veth in the same namespace its other end. */
  link: string | undefined;
  /** Where hardware sits (`-details`): bus and device as /sys/bus has them. */
  parent: { bus: string; device: string } | undefined;
  addresses: readonly IpAddress[];
}

export interface IpAddress {
  address: string;
  length: number;
  scope: string;
  label: string | undefined;
  broadcast: string | undefined;
  /** IPv6: it was added without duplicate address detection. */
  nodad: boolean;
  /** IPv6: another host has it. */
  dadFailed: boolean;
  /** IPv6: not used as the source of new connections. */
  deprecated: boolean;
}

/** `ip -json [-6] route show ...` */
export interface IpRoute {
  /** `unicast`, `local`, `broadcast` ... */
  type: string;
  /** `default`, an address, or a prefix. */
  to: string;
  /** `main` where it is not named. */
  table: string;
  via: string | undefined;
  dev: string | undefined;
  source: string | undefined;
  metric: number;
  /** Bytes of TCP data that peers are asked for at most in a segment. */
  advmss: number | undefined;
  mtu: number | undefined;
}

/** `ip -json neighbour show` */
export interface IpNeighbour {
  address: string;
  /** '' where the question was about one interface only: then it is not printed. */
  dev: string;
  mac: string | undefined;
  /** `REACHABLE`, `STALE`, `PERMANENT`, `FAILED` ...; `NONE` where nothing is printed. */
  state: string;
}

const addressSchema = z.object({
  local: z.string(),
  prefixlen: z.number(),
  scope: z.string().default('global'),
  label: z.string().optional(),
  broadcast: z.string().optional(),
  nodad: z.boolean().default(false),
  dadfailed: z.boolean().default(false),
  deprecated: z.boolean().default(false),
  preferred_life_time: z.number().optional(),
});

const linkSchema = z.object({
  ifindex: z.number().default(0),
  ifname: z.string(),
  flags: z.array(z.string()),
  mtu: z.number().default(0),
  link_type: z.string(),
  address: z.string().default(''),
  master: z.string().optional(),
  link: z.string().nullish(),
  parentbus: z.string().optional(),
  parentdev: z.string().optional(),
  linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
  // Point-to-point devices have entries without an address of their own.
  addr_info: z.array(z.union([addressSchema, z.object({}).transform(() => undefined)])).default([]),
});

const routeSchema = z.object({
  type: z.string().default('unicast'),
  dst: z.string(),
  table: z.union([z.string(), z.number()]).default('main'),
  gateway: z.string().optional(),
  // The gateway of another family than the route's (RFC 5549).
  via: z.object({ host: z.string() }).optional(),
  dev: z.string().optional(),
  prefsrc: z.string().optional(),
  metric: z.number().default(0),
  metrics: z.array(z.object({ advmss: z.number().optional(), mtu: z.number().optional() })).default([]),
});

const neighbourSchema = z.object({
  dst: z.string(),
  dev: z.string().default(''),
  lladdr: z.string().optional(),
  state: z.array(z.string()).default([]),
});

export function readIpLinks(text: string): IpLink[] {
  return listOf(linkSchema, text).map((link) => ({
    index: link.ifindex,
    name: link.ifname,
    up: link.flags.includes('UP'),
    loopback: link.flags.includes('LOOPBACK'),
    ethernet: link.link_type === 'ether',
    mtu: link.mtu,
    address: link.address,
    master: link.master,
    kind: link.linkinfo?.info_kind ?? '',
    link: link.link ?? undefined,
    parent:
      link.parentbus === undefined || link.parentdev === undefined
        ? undefined
        : { bus: link.parentbus, device: link.parentdev },
    addresses: link.addr_info.flatMap((one) => (one === undefined ? [] : [addressOf(one)])),
  }));
}

function addressOf(one: z.infer<typeof addressSchema>): IpAddress {
  return {
    address: one.local,
    length: one.prefixlen,
    scope: one.scope,
    label: one.label,
    broadcast: one.broadcast,
    nodad: one.nodad,
    dadFailed: one.dadfailed,
    deprecated: one.deprecated || one.preferred_life_time === 0,
  };
}

export function readIpRoutes(text: string): IpRoute[] {
  return listOf(routeSchema, text).map(({ type, dst, table, gateway, via, dev, prefsrc, metric, metrics }) => ({
    type,
    to: dst,
    table: String(table),
    via: gateway ?? via?.host,
    dev,
    source: prefsrc,
    metric,
    advmss: metrics.find(({ advmss }) => advmss !== undefined)?.advmss,
    mtu: metrics.find(({ mtu }) => mtu !== undefined)?.mtu,
  }));
}

export function readIpNeighbours(text: string): IpNeighbour[] {
  return listOf(neighbourSchema, text).map(({ dst, dev, lladdr, state }) => ({
    address: dst,
    dev,
    mac: lladdr,
    state: state[0] ?? 'NONE',
  }));
}

function listOf<T>(schema: z.ZodType<T>, text: string): T[] {
  return text.trim() === '' ? [] : z.array(schema).parse(JSON.parse(text));
}
