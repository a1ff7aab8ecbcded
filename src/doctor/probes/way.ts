import type { MacAddress } from '../../net/mac-address.ts';
import { packet, type PacketSpec } from '../../net/packet.ts';
import type { Tunnel } from '../../lvs/service.ts';
import { isIpv4 } from '../duties.ts';
import type { DestinationFacts, HostFacts, InterfaceFacts, ServiceFacts } from '../facts.ts';
import { ownAddresses, routeTo, segmentOf } from '../host.ts';

/** How a packet of the doctor gets to a real server the way the service's own packets do. */
export interface Way {
  /** The real server. */
  server: string;
  nic: InterfaceFacts;
  /** Whose MAC the frame is for: the server, or the gateway before it. */
  nextHop: string;
  /** Of the packet that the server's program sees: an address of the director's own, and what the program listens at. */
  source: string;
  target: string;
  port: number;
  /** An address of the director's own from which the server can be asked, and from which a tunnel begins. */
  near: string;
  /** What is around the packet. */
  tunnel: Tunnel | undefined;
}

/**
 * By masquerading the packet is for the server itself, from another segment of the director if it has one, so that the answer needs
 * the server's gateway. By direct routing it is for the VIP at the server's own MAC, which has to be on a segment of the director.
 * In a tunnel it is for the VIP too, and the answer comes straight back. Undefined where there is no such way.
 * @param foreign addresses that must not be the source: a server that owns the VIP would take the packet for forged
 */
export function wayTo(
  host: HostFacts,
  { asked }: Pick<ServiceFacts, 'asked'>,
  destination: DestinationFacts,
  foreign: ReadonlySet<string>,
): Way | undefined {
  const { address: server, method, tunnel } = destination;
  const match = asked.find(({ protocol }) => protocol === 'tcp');
  const port = destination.port === 0 ? match?.port : destination.port;
  if (match === undefined || port === undefined || port === 0) return undefined;
  const hop = hopTo(host, server);
  if (hop === undefined || (method === 'route' && hop.nextHop !== server)) return undefined;
  const keepsVip = method === 'route' || method === 'tunnel';
  const target = keepsVip ? match.address : server;
  const avoid = keepsVip ? foreign : new Set<string>();
  const source = sourceFor(host, hop.nic, target, { avoid, elsewhere: method === 'masquerade' });
  const near = sourceFor(host, hop.nic, server, { avoid, elsewhere: false });
  if (source === undefined || near === undefined) return undefined;
  return { server, ...hop, source, target, port, near, tunnel: method === 'tunnel' ? tunnel : undefined };
}

function hopTo(host: HostFacts, address: string): { nic: InterfaceFacts; nextHop: string } | undefined {
  const near = segmentOf(host, address);
  if (near !== undefined) return { nic: near, nextHop: address };
  const route = routeTo(host, address);
  const nic = host.interfaces.find(({ name }) => name === route?.dev);
  return nic === undefined || nic.mac === '' ? undefined : { nic, nextHop: route?.via ?? address };
}

/** Prefers an address of another interface (`elsewhere`), or of this one. Link-local ones do not leave their segment. */
function sourceFor(
  host: HostFacts,
  nic: InterfaceFacts,
  target: string,
  { avoid, elsewhere }: { avoid: ReadonlySet<string>; elsewhere: boolean },
): string | undefined {
  const own = ownAddresses(host).filter(
    ({ address, interface: on }) =>
      isIpv4(address) === isIpv4(target) && !on.loopback && !address.startsWith('fe80:') && !avoid.has(address),
  );
  const here = own.find(({ interface: on }) => on.name === nic.name)?.address;
  const there = own.find(({ interface: on }) => on.name !== nic.name)?.address;
  return elsewhere ? (there ?? here) : (here ?? there);
}

/** The frame that carries a packet along a way, in its tunnel where there is one. */
export function frameOn(
  { nic, tunnel, near, server, source, target }: Way,
  mac: MacAddress,
  spec: PacketSpec,
): Uint8Array {
  const eth = { source: nic.mac, destination: mac };
  const inner = { ...spec, ip: { source, destination: target } };
  if (tunnel === undefined) return packet({ eth, ...inner });
  return packet({ eth, ip: { source: near, destination: server }, ...tunnelHeader(tunnel), inner });
}

function tunnelHeader({ type, port, checksum }: Tunnel): PacketSpec {
  switch (type) {
    case 'ipip':
      return {};
    case 'gre':
      return { gre: { hasChecksum: checksum === 'full' } };
    case 'gue':
      return { udp: { destination: port }, gue: {} };
  }
}
