import { z } from 'zod';
import type { InterfaceFacts, NeighbourFacts, RouteFacts } from '../facts.ts';

/** What `ip -json` prints. Words that are not read here may be there too. */

const addressSchema = z.object({
  local: z.string().optional(),
  prefixlen: z.number().optional(),
  deprecated: z.boolean().optional(),
  dadfailed: z.boolean().optional(),
});

const interfaceSchema = z.object({
  ifname: z.string(),
  flags: z.array(z.string()),
  mtu: z.number().default(0),
  link_type: z.string(),
  address: z.string().default(''),
  linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
  addr_info: z.array(addressSchema).default([]),
});

const routeSchema = z.object({
  type: z.string().optional(),
  dst: z.string(),
  table: z.union([z.string(), z.number()]).optional(),
  gateway: z.string().optional(),
  dev: z.string().optional(),
  metric: z.number().default(0),
  metrics: z.array(z.object({ advmss: z.number().optional() })).default([]),
});

const neighbourSchema = z.object({
  dst: z.string(),
  dev: z.string(),
  lladdr: z.string().optional(),
  state: z.array(z.string()).default([]),
});

/** `ip -json -details address show`, with the features of each interface. */
export function readAddresses(text: string, features: Map<string, Record<string, boolean>>): InterfaceFacts[] {
  return listOf(interfaceSchema, text).map((one) => ({
    name: one.ifname,
    up: one.flags.includes('UP'),
    loopback: one.flags.includes('LOOPBACK'),
    kind: one.linkinfo?.info_kind ?? '',
    mac: one.link_type === 'ether' ? one.address : '',
    mtu: one.mtu,
    addresses: one.addr_info.flatMap(({ local, prefixlen, deprecated = false, dadfailed = false }) =>
      local === undefined || prefixlen === undefined
        ? []
        : [{ address: local, length: prefixlen, deprecated, duplicate: dadfailed }],
    ),
    features: features.get(one.ifname) ?? {},
  }));
}

/** `ip -json [-6] route show table all`. A route of the main table does not name it. */
export function readRoutes(text: string): RouteFacts[] {
  const routes = listOf(routeSchema, text);
  const six = routes.some(({ dst }) => dst.includes(':'));
  return routes.map(({ type = 'unicast', dst, table = 'main', gateway, dev, metric, metrics }) => ({
    to: prefixOf(dst, six),
    kind: type === 'unicast' || type === 'local' ? type : 'other',
    table: String(table),
    via: gateway,
    dev,
    metric,
    advmss: metrics.find(({ advmss }) => advmss !== undefined)?.advmss,
  }));
}

function prefixOf(dst: string, six: boolean): string {
  if (dst === 'default') return six ? '::/0' : '0.0.0.0/0';
  return dst.includes('/') ? dst : `${dst}/${dst.includes(':') ? 128 : 32}`;
}

/** `ip -json neighbour show`. */
export function readNeighbours(text: string): NeighbourFacts[] {
  return listOf(neighbourSchema, text).map(({ dst, dev, lladdr, state }) => ({
    address: dst,
    dev,
    mac: lladdr,
    state: state[0] ?? 'NONE',
  }));
}

/** Nothing printed is an empty list: a host without IPv6 has no routes of it. */
function listOf<T>(schema: z.ZodType<T>, text: string): T[] {
  return text.trim() === '' ? [] : z.array(schema).parse(JSON.parse(text));
}
