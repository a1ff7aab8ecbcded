import { z } from 'zod';
import { isIpAddress, parseInterfaceAddress, parseMac } from '../net/address.ts';
import type { Command, Decap, FirewallRule, Habit, Host, HostState, Topology } from './topology.ts';

/*
 * Form of a topology file. What the parts have to do with each other (segments and hosts that exist, addresses on the link) is seen to by
 * check.ts, for the topologies that come with Weir too.
 */

/** A topology as a file has it; `completed` in topology-file.ts fills in the rest. */
export type TopologyFile = Omit<Topology, 'name' | 'title' | 'picture' | 'commands' | 'faults'> & {
  name?: string;
  title?: string;
  titleZh?: string;
  picture?: string;
  commands?: readonly Command[];
};

const reads = (parse: (text: string) => unknown) => (text: string) => {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
};

const address = z.string().refine(isIpAddress, 'is no IP address').describe('10.1.1.21, 2001:db8::1');
const interfaceAddress = z
  .string()
  .refine(reads(parseInterfaceAddress), 'is no address with a prefix length, such as 10.1.1.21/24')
  .describe('address with prefix length: 10.1.1.21/24');
const range = z
  .string()
  .refine((text) => isIpAddress(text) || reads(parseInterfaceAddress)(text), 'is neither an address nor a prefix')
  .describe('an address or prefix');
const mac = z.string().refine(reads(parseMac), 'is no Ethernet address').describe('02:00:00:00:00:01');
const port = z.int().min(1).max(65_535);
const name = z.string().regex(/^[a-z][a-z0-9]*$/, 'is no name: lower-case letters and digits, a letter first');

const nic = z.strictObject({
  segment: name.describe('the switch it is plugged into'),
  addresses: z.array(interfaceAddress),
  mac: z.exactOptional(mac).describe('by default made from the first address'),
  mtu: z.exactOptional(z.int().min(68).max(65_535)),
  deprecated: z.exactOptional(z.boolean()).describe('IPv6: its addresses are no source where there is another'),
  checksums: z.exactOptional(z.literal('wrong')).describe('TCP segments leave it with a checksum nobody has computed'),
  xdp: z
    .exactOptional(z.literal('flood-filter'))
    .describe('of the director: an XDP program of somebody else drops every TCP connection that is opened'),
});

const habit: z.ZodType<Habit> = z.strictObject({
  kind: z.enum(['asks', 'idles', 'datagrams']),
  every: z.int().min(20).describe('milliseconds from one to the next'),
  to: z.exactOptional(z.strictObject({ address, port })).describe('by default the service'),
  from: z.exactOptional(address).describe('an address of its own'),
  silent: z.exactOptional(z.int().min(1)).describe('seconds of silence before an idle connection is used'),
});

const firewallRule: z.ZodType<FirewallRule> = z.strictObject({
  chain: z.enum(['prerouting', 'input', 'forward', 'output', 'postrouting', 'arp']),
  nic: z.exactOptional(name),
  source: z.exactOptional(range),
  destination: z.exactOptional(range),
  protocol: z.exactOptional(z.enum(['tcp', 'udp', 'icmp', 'ipip'])),
  port: z.exactOptional(port),
  action: z.union([
    z.enum(['drop', 'reject', 'masquerade']),
    z.strictObject({ mark: z.int().min(1).max(0xffff_ffff) }),
  ]),
});

const decap: z.ZodType<Decap> = z.strictObject({
  vips: z.array(address).min(1).describe('the only destinations inside a tunnel that are unwrapped'),
  guePort: z.exactOptional(port),
});

const state = {
  addresses: z
    .exactOptional(
      z.record(name, z.array(z.strictObject({ address: interfaceAddress, label: z.exactOptional(z.string()) }))),
    )
    .describe('further addresses by interface, lo among them'),
  routes: z.exactOptional(z.array(z.strictObject({ to: z.string().describe('a prefix, or default'), via: address }))),
  neighbours: z
    .exactOptional(z.array(z.strictObject({ address, nic: name, mac: z.exactOptional(mac) })))
    .describe('static ARP entries; without mac that of the NIC that has the address'),
  sysctls: z
    .exactOptional(z.record(z.string(), z.union([z.string(), z.int().transform(String)])))
    .describe('net.ipv4.ip_forward: 1'),
  firewall: z.exactOptional(z.array(firewallRule)),
  decap: z.exactOptional(decap).describe('unwrap tunnels with weir decap'),
};
const hostState: z.ZodType<HostState> = z.strictObject(state);

const host: z.ZodType<Host> = z.strictObject({
  role: z.enum(['client', 'router', 'director', 'real server']),
  note: z.exactOptional(z.string()),
  nics: z.record(name, nic),
  servers: z.exactOptional(z.array(z.strictObject({ kind: z.enum(['web', 'udp-echo']), port }))),
  habits: z.exactOptional(z.array(habit)).describe('what it does by itself, all the time'),
  directs: z.exactOptional(z.array(z.string())).describe('rules of a daemon of its own: lines of ipvsadm'),
  ...state,
  byHand: z
    .exactOptional(hostState)
    .describe('what the commands type: the lab sets it, `weir lab show` leaves it to the typing'),
});

const command: z.ZodType<Command> = z.strictObject({
  on: name.describe('the host at whose prompt it is typed'),
  line: z.string().describe('a line for a shell; ipvsadm and weir lines that change the table are its rules'),
  document: z.exactOptional(z.string()),
  says: z.string().default('').describe('what it is for'),
});

export const topologySchema: z.ZodType<TopologyFile> = z.strictObject({
  $schema: z.exactOptional(z.string()).describe('for editors'),
  name: z
    .exactOptional(z.string().regex(/^[a-z][a-z0-9-]*$/, 'is no name: lower-case letters, digits and dashes'))
    .describe('by default that of the file'),
  title: z.exactOptional(z.string()).describe('one line: what it shows'),
  titleZh: z.exactOptional(z.string()),
  picture: z.exactOptional(z.string()).describe('for a terminal; by default that of `weir lab graph`'),
  segments: z.array(name).min(1).describe('Ethernet segments: each is a switch'),
  service: z.strictObject({ address, port }).describe('what clients ask for'),
  hosts: z.record(name, host),
  commands: z.exactOptional(z.array(command)),
});

/** The schema for editors and other programs (JSON Schema 2020-12), as docs/topology.schema.json has it. */
export function topologyJsonSchema(): object {
  const schema = z.toJSONSchema(topologySchema, { io: 'input' });
  return { ...schema, title: 'A topology of Weir' };
}
