import { BROADCAST_MAC, multicastMac, ZERO_MAC, type MacAddress } from '../../net/mac-address.ts';
import { ARP_OPERATION } from '../../net/arp.ts';
import { parseNeighbourMessage, solicitedNode } from '../../net/neighbour-discovery.ts';
import { packet } from '../../net/packet.ts';
import { isIpv4 } from '../duties.ts';
import type { InterfaceFacts } from '../facts.ts';
import type { Heard, Outgoing } from './exchange.ts';

/** RFC 4861 section 7.1: messages with another hop limit are no neighbour discovery. */
const HOP_LIMIT = 255;

/**
 * The question who has an address, by ARP or neighbour discovery, to everybody on the segment of an interface.
 * @param foreign addresses that the question must not come from: a host that has the VIP takes one from the VIP for forged
 */
export function whoHas(nic: InterfaceFacts, address: string, foreign: ReadonlySet<string>): Outgoing {
  const source = nic.addresses.find(
    (own) => isIpv4(own.address) === isIpv4(address) && own.address !== address && !foreign.has(own.address),
  )?.address;
  return { nic: nic.name, frame: isIpv4(address) ? byArp(nic, address, source) : byDiscovery(nic, address, source) };
}

/** Without an address of its own the question is a probe (RFC 5227), which is answered all the same. */
function byArp(nic: InterfaceFacts, address: string, source = '0.0.0.0'): Uint8Array {
  return packet({
    eth: { source: nic.mac, destination: BROADCAST_MAC },
    arp: {
      operation: ARP_OPERATION.request,
      senderMac: nic.mac,
      senderIp: source,
      targetMac: ZERO_MAC,
      targetIp: address,
    },
  });
}

/** Without an address of its own the question has no source link-layer option, and the answer goes to all nodes (RFC 4861 section 4.3). */
function byDiscovery(nic: InterfaceFacts, address: string, source: string | undefined): Uint8Array {
  const group = solicitedNode(address);
  return packet({
    eth: { source: nic.mac, destination: multicastMac(group) },
    ip: { source: source ?? '::', destination: group, hopLimit: HOP_LIMIT },
    neighbour: {
      kind: 'neighbour-solicitation',
      target: address,
      options: source === undefined ? [] : [{ kind: 'source-link-layer', mac: nic.mac }],
    },
  });
}

/** The MACs that have said by an interface that an address is theirs, each once. */
export function answerers(heard: readonly Heard[], nic: string, address: string): MacAddress[] {
  const macs = heard.flatMap((one) => (one.nic === nic ? (claimOf(one, address) ?? []) : []));
  return [...new Set(macs)];
}

function claimOf({ frame }: Heard, address: string): MacAddress | undefined {
  const arp = frame.find('arp');
  if (arp !== undefined) {
    return arp.operation === ARP_OPERATION.reply && arp.senderIp === address ? arp.senderMac : undefined;
  }
  const header = frame.find('icmpv6');
  if (header === undefined) return undefined;
  const message = parseNeighbourMessage({ header, payload: frame.payload });
  if (message?.kind !== 'neighbour-advertisement' || message.target !== address) return undefined;
  return message.options.find((option) => option.kind === 'target-link-layer')?.mac;
}
