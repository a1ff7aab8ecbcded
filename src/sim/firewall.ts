import type { Packet } from '../lvs/packet.ts';
import { portsAt } from '../lvs/transport.ts';
import { parseInterfaceAddress } from '../net/address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { Prefix } from '../net/prefix.ts';
import type { FirewallRule } from './spec.ts';

type Chain = FirewallRule['chain'];

/** What the firewall of a host does with a packet in a chain; undefined lets it pass. */
export function judge(
  rules: readonly FirewallRule[],
  chain: Exclude<Chain, 'arp'>,
  packet: Readonly<Packet>,
  nic?: string,
): 'drop' | 'reject' | undefined {
  for (const rule of rules) {
    if (rule.chain !== chain || !matches(rule, packet, nic)) continue;
    if (rule.action === 'drop' || rule.action === 'reject') return rule.action;
  }
  return undefined;
}

/** The mark that a packet gets before it is routed; 0 if none. */
export function markOf(rules: readonly FirewallRule[], packet: Readonly<Packet>): number {
  for (const rule of rules) {
    if (rule.chain !== 'prerouting' || !matches(rule, packet, packet.arrived)) continue;
    if (typeof rule.action !== 'string') return rule.action.mark;
  }
  return 0;
}

/** True if an ARP packet for an address is dropped before the stack sees it (arptables -A IN -d ADDRESS -j DROP). */
export function dropsArp(rules: readonly FirewallRule[], target: string, sender: string, nic: string): boolean {
  return rules.some(
    (rule) =>
      rule.chain === 'arp' &&
      (rule.nic ?? nic) === nic &&
      covers(rule.destination, target) &&
      covers(rule.source, sender),
  );
}

function matches(rule: FirewallRule, packet: Readonly<Packet>, nic: string | undefined): boolean {
  if (rule.nic !== undefined && rule.nic !== nic) return false;
  if (!covers(rule.source, packet.source) || !covers(rule.destination, packet.destination)) return false;
  if (rule.protocol !== undefined && numberOf(rule.protocol, packet) !== packet.protocol) return false;
  return rule.port === undefined || portsAt(packet.bytes, packet.transport)?.destination === rule.port;
}

function numberOf(protocol: NonNullable<FirewallRule['protocol']>, { family }: Readonly<Packet>): number {
  return protocol === 'icmp' && family === 'inet6' ? IP_PROTOCOL.icmpv6 : IP_PROTOCOL[protocol];
}

/** An address or prefix; absent, it covers everything. */
function covers(range: string | undefined, address: string): boolean {
  if (range === undefined) return true;
  const prefix = range.includes('/') ? parseInterfaceAddress(range).prefix : new Prefix(range, bitsOf(range));
  return prefix.contains(address);
}

function bitsOf(address: string): number {
  return address.includes(':') ? 128 : 32;
}
