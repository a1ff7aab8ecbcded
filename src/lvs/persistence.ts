import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { addressFromBytes, addressToBytes, networkAddress } from '../net/address.ts';
import type { ConnectionKey, LiveConnection } from './connection.ts';
import type { PacketFlow } from './flow.ts';
import type { LiveDestination, LiveService } from './live.ts';
import type { Packet } from './packet.ts';
import { FTP_PORT } from './service-lookup.ts';
import { familyOf, isMarkMatch } from './service.ts';
import { callIdOf } from './sip.ts';
import type { State } from './state.ts';

/** Where an invalidated template is moved, so that it is not found again but still seen. */
export const HIDDEN_PORT = 65_535;

/** What a template is known by. */
export interface TemplateKey extends ConnectionKey {
  engine?: { name: string; data: string };
}

/**
 * The template of a packet: the client under the netmask, and the virtual address with its port; without the port for FTP and
 * for services on any port; the mark instead for those of a mark, unless the packet is to port 0 (ip_vs_sched_persist; recorded:
 * wire/fwmark-persistent-port-zero).
 * @returns undefined if the service has a persistence engine that finds no key in the packet
 */
export function templateKeyOf(service: LiveService, flow: PacketFlow, packet: Packet): TemplateKey | undefined {
  const { match, persistence, persistenceEngine } = service.config;
  const byMark = isMarkMatch(match) && !isToOwnPort(service, flow);
  const key: TemplateKey = {
    protocol: byMark ? 'ip' : flow.protocol,
    client: maskClient(flow.source, persistence?.netmask ?? ''),
    clientPort: 0,
    virtual: byMark ? markAddress(match.mark, service.family) : flow.destination,
    virtualPort: keepsPort(service, flow) ? flow.destinationPort : 0,
  };
  if (persistenceEngine === undefined) return key;
  // An ICMP error that starts a connection has none, whatever it quotes.
  const data = packet.protocol === IP_PROTOCOL.udp ? callIdOf(packet.bytes.subarray(packet.transport + 8)) : undefined;
  return data === undefined ? undefined : { ...key, engine: { name: persistenceEngine, data } };
}

/** True for a packet to the service's own port, which is 0 for any and for a mark: to port 0 of a marked service, too. */
export function isToOwnPort({ config: { match } }: LiveService, { destinationPort }: PacketFlow): boolean {
  return destinationPort === (isMarkMatch(match) ? 0 : match.port);
}

/** True if the template of a packet keeps the ports of service and server. */
export function keepsPort(service: LiveService, flow: PacketFlow): boolean {
  return isToOwnPort(service, flow) && flow.destinationPort !== FTP_PORT;
}

/**
 * True if connections may still be made through a template. One that is not is moved aside: it runs to its end unseen and no
 * longer starts its timer again.
 * @param wanted the destination that it must lead to, if only one will do
 */
export function isTemplateGood(state: State, template: LiveConnection, wanted?: LiveDestination): boolean {
  const { destination } = template;
  const leads = destination?.available === true && (wanted === undefined || wanted === destination);
  if (leads && !isQuiescentExpired(state, destination)) return true;
  state.connections.hide(template);
  template.virtualPort = HIDDEN_PORT;
  template.serverPort = HIDDEN_PORT;
  template.clientPort = 0;
  return false;
}

function isQuiescentExpired({ settings }: State, { weight }: LiveDestination): boolean {
  return settings.expire_quiescent_template !== 0 && weight === 0;
}

/** The client's address under a netmask (IPv4) or prefix length (IPv6). */
function maskClient(address: string, netmask: string): string {
  if (familyOf(address) === 'inet6') return netmask === '' ? address : networkAddress(address, Number(netmask));
  if (netmask === '') return address;
  const mask = addressToBytes(netmask);
  return addressFromBytes(addressToBytes(address).map((byte, at) => byte & mask[at]!));
}

/** A mark where an address is expected: its four bytes, at the front of an IPv6 address. */
function markAddress(mark: number, family: 'inet' | 'inet6'): string {
  const bytes = new Uint8Array(family === 'inet' ? 4 : 16);
  new DataView(bytes.buffer).setUint32(0, mark);
  return addressFromBytes(bytes);
}
