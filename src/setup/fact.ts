import { z } from 'zod';
import { LANGUAGES } from '../base/words.ts';

/** What is wanted of a host, as data: each fact is read, made so, written down and taken back by its kind (`kinds/`). */

const why = z.record(z.enum(LANGUAGES), z.string());

/** A kernel setting. The path is the one below /proc/sys, because the name of an interface may hold a dot. */
const sysctl = z.strictObject({
  kind: z.literal('sysctl'),
  path: z.string(),
  value: z.string(),
  /** Values that do as well and are left as they are. */
  accepts: z.array(z.string()).optional(),
  why,
});

/** An address on an interface. */
const address = z.strictObject({
  kind: z.literal('address'),
  device: z.string(),
  address: z.string(),
  /** Any prefix length does; otherwise a host address (/32, /128) is wanted, and the address with another length is wrong. */
  anyLength: z.boolean().optional(),
  /** The name ifconfig shows: `lo:0`. */
  label: z.string().optional(),
  why,
});

/** The default route of an address family, by way of a gateway. */
const gateway = z.strictObject({ kind: z.literal('gateway'), via: z.string(), device: z.string(), why });

/** A static neighbour, as `arp -s` makes it. */
const neighbour = z.strictObject({
  kind: z.literal('neighbour'),
  address: z.string(),
  device: z.string(),
  mac: z.string(),
  why,
});

/** ARP requests for these addresses are dropped as they come in: a table of nftables that belongs to Weir. */
const arpFirewall = z.strictObject({ kind: z.literal('arp-firewall'), addresses: z.array(z.string()), why });

/** Tunnels for these VIPs are unwrapped where they arrive (`weir decap`). */
const decap = z.strictObject({
  kind: z.literal('decap'),
  vips: z.array(z.string()),
  devices: z.array(z.string()),
  guePort: z.number(),
  why,
});

/** A file with this content. */
const file = z.strictObject({ kind: z.literal('file'), path: z.string(), content: z.string(), why });

/** A symbolic link. */
const link = z.strictObject({ kind: z.literal('link'), path: z.string(), target: z.string(), why });

export const factSchema = z.discriminatedUnion('kind', [
  sysctl,
  address,
  gateway,
  neighbour,
  arpFirewall,
  decap,
  file,
  link,
]);

export type Fact = z.infer<typeof factSchema>;
export type FactOf<Kind extends Fact['kind']> = Extract<Fact, { kind: Kind }>;

/** What a kind found on the host, as lines that can be compared, kept, and given to its own commands again. */
export type Found = readonly string[];
