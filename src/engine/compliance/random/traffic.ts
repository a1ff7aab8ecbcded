import type { Connection } from '../../../lvs/live-connection.ts';
import { directorMac } from '../recorded-topology.ts';
import { fragmentsFor } from '../../../lvs/fragmentation.ts';
import { readPacket } from '../../../lvs/packet.ts';
import { familyOf, type Family, type Protocol } from '../../../lvs/service.ts';
import { concatBytes } from '../../../net/bytes.ts';
import { ETHER_TYPE } from '../../../net/ether-type.ts';
import { parseMac, ZERO_MAC } from '../../../net/address.ts';
import { IP_PROTOCOL } from '../../../net/ip-protocol.ts';
import { packet, type PacketSpec } from '../../../net/packet.ts';
import { SCTP_CHUNK } from '../../../net/sctp.ts';
import { OWN, SERVERS, SERVICES, servicesFor, vipOf, type Method, type RandomService, type Whose } from './rules.ts';
import { randomMessage } from './message.ts';
import { randomHopOptions, randomOptions } from './options.ts';
import type { Random } from './random.ts';

/** Random packets of clients (eth0) and real servers (eth1) of either family: good ones, odd ones, fragments, ICMP errors. */

/** Clients to whom no route leads. */
const NOWHERE: readonly string[] = ['172.30.1.1', '2001:db8:ffff::1'];
/** Two near ones, one behind a router, and one to whom no route leads. */
export const CLIENTS = {
  inet: ['10.1.0.10', '10.1.0.10', '10.1.0.10', '10.1.0.11', '10.1.0.11', '203.0.113.5', '172.30.1.1'],
  inet6: [
    '2001:db8:a::10',
    '2001:db8:a::10',
    '2001:db8:a::10',
    '2001:db8:a::11',
    '2001:db8:a::11',
    '2001:db8:c::5',
    '2001:db8:ffff::1',
  ],
} as const satisfies Record<Family, readonly string[]>;
const CLIENT_PORTS = [20, 1024, 40001, 40002, 40003, 40004] as const;
/** So few that several services are often asked from one. */
const FEW_PORTS = [40001, 40002] as const;
const FLAGS = 'S S S A A A PA SA F FA R RA  P U SF SR SFRA'.split(' ');
const CHUNKS = [
  SCTP_CHUNK.init,
  SCTP_CHUNK.init,
  SCTP_CHUNK.initAck,
  SCTP_CHUNK.cookieEcho,
  SCTP_CHUNK.cookieAck,
  SCTP_CHUNK.data,
  SCTP_CHUNK.data,
  SCTP_CHUNK.abort,
  SCTP_CHUNK.shutdown,
  SCTP_CHUNK.shutdownAck,
  SCTP_CHUNK.shutdownComplete,
] as const;

export interface Arriving {
  /** By `lo` comes what a program of the director itself sends. */
  arrives: 'eth0' | 'eth1' | 'lo';
  frame: Uint8Array;
}

/** The next frames: one, or those of a packet in fragments. */
export function randomArrivals(
  random: Random,
  method: Method,
  connections: readonly Connection[],
  whose: Whose = 'others',
): Arriving[] {
  if (whose === 'own') return ownArrivals(random, method, connections);
  if (random.oneIn(12)) return [randomError(random, connections, whose)];
  const one = random.oneIn(whose === 'sharing' ? 2 : 3)
    ? randomReply(random, method, connections, whose)
    : randomRequest(random, method, whose);
  return random.oneIn(15) ? inFragments(random, one) : [one];
}

/**
 * The same where programs of the director are clients and real servers too. What they answer is the stack's own doing, and so are
 * the errors that they send. Short fragments do not leave by a tunnel (docs/limits.md).
 */
function ownArrivals(random: Random, method: Method, connections: readonly Connection[]): Arriving[] {
  const answered = connections.filter(({ destination }) => !isOwnServer(destination.address));
  const foreign = connections.filter(({ client, source }) => source === undefined && !isOwnClient(client.address));
  if (random.oneIn(12)) return [randomError(random, foreign, 'own')];
  if (random.oneIn(3)) return [randomReply(random, method, answered, 'own')];
  if (random.oneIn(2)) return [randomRequest(random, '-m', 'own')];
  const one = ownRequest(random);
  return method !== '-i' && random.oneIn(8) ? inFragments(random, one) : [one];
}

/** The director's own, as a real server. */
export const isOwnServer = (address: string): boolean => Object.values(OWN).some(({ server }) => server === address);
const isOwnClient = (address: string): boolean =>
  Object.values(OWN).some(({ clients }: { clients: readonly string[] }) => clients.includes(address));

/** A packet of a program of the director to a VIP. */
function ownRequest(random: Random): Arriving {
  const service = random.pick(servicesFor('own'));
  const { family } = service;
  const ip = { source: random.pick(OWN[family].clients), destination: vipOf(service) };
  // From VIP and port of the service itself a packet would be its own reply.
  const port = ip.source === ip.destination ? random.pick(CLIENT_PORTS) : clientPort(random, service, 'own');
  const ports = { source: port, destination: random.pick(service.ports) };
  const spec = carried(random, ip, service.protocol, ports);
  return { arrives: 'lo', frame: mangled(random, { station: stationOf('lo'), spec, family, whose: 'own' }) };
}

/** The MAC that a frame is addressed to. */
function stationOf(arrives: Arriving['arrives']): string {
  return arrives === 'lo' ? ZERO_MAC : directorMac(arrives);
}

/** A packet of a client to a VIP, or now and then elsewhere. With full NAT a real server may be the client. */
export function randomRequest(random: Random, method: Method, whose: Whose = 'others'): Arriving {
  const service = random.pick(servicesFor(whose));
  const { family } = service;
  const ports = {
    source: clientPort(random, service, whose),
    destination: random.oneIn(20) ? random.below(0x10000) : random.pick(service.ports),
  };
  const destination = random.oneIn(30) ? random.pick(SERVERS[family]) : vipOf(service);
  const isServer = method === '--full-nat' && service.origin === undefined && random.oneIn(6);
  const arrives = isServer ? 'eth1' : 'eth0';
  const source = isServer ? random.pick(SERVERS[family]) : random.pick(CLIENTS[family]);
  const spec = carried(random, { source, destination }, service.protocol, ports);
  const taken = method !== '-i';
  return { arrives, frame: mangled(random, { station: directorMac(arrives), spec, family, whose, taken }) };
}

/** AH and ESP follow connections from one port. */
function clientPort(random: Random, { isakmp }: RandomService, whose: Whose): number {
  if (isakmp === true && !random.oneIn(6)) return ISAKMP;
  return random.pick(whose === 'sharing' ? FEW_PORTS : CLIENT_PORTS);
}

/** A packet of a real server: of one of the connections, or of none, which of a service of calls may start one. */
export function randomReply(
  random: Random,
  method: Method,
  connections: readonly Connection[],
  whose: Whose = 'others',
): Arriving {
  const service = random.pick(servicesFor(whose));
  const known = random.oneIn(service.calls === true ? 2 : 6) ? undefined : pickConnection(random, connections);
  const family = known === undefined ? service.family : familyOf(known.client.address);
  const protocol = known === undefined ? service.protocol : protocolOf(known);
  const seen = known?.source ?? known?.client;
  const ports = {
    source: known?.destination.port ?? serverPort(random, service),
    destination: seen?.port ?? random.pick(CLIENT_PORTS),
  };
  const source = known?.destination.address ?? random.pick(SERVERS[family]);
  const ip = {
    source: familyOf(source) === family ? source : random.pick(SERVERS[family]),
    // With nat_icmp_send what leads nowhere is taken for sent to the director (docs/limits.md).
    destination: seen?.address ?? random.pick(CLIENTS[family].slice(0, -1)),
  };
  // From the VIP itself, as a real server of direct routing answers: of IPv4 the stack would take it for a martian.
  const isDirect =
    family === 'inet6' && known !== undefined && (method === '-g' || method === '-i') && !random.oneIn(3);
  const isPast = known !== undefined && isToNobody(known);
  // What the director says to the VIP of one to nobody the programs do not see.
  if ((isDirect || isPast) && NOWHERE.includes(ip.destination))
    ip.destination = random.pick(CLIENTS[family].slice(0, 3));
  if (isDirect || isPast) {
    ip.source = known.virtual.address;
    ports.source = known.virtual.port;
  }
  const spec = carried(random, ip, protocol, ports);
  const arrives = isPast ? 'eth0' : 'eth1';
  return { arrives, frame: mangled(random, { station: directorMac(arrives), spec, family, whose }) };
}

/** The connection leads past the real servers, to where its client wanted. */
function isToNobody({ destination: { address } }: Connection): boolean {
  return address === '0.0.0.0' || address === '::';
}

function serverPort(random: Random, { serverPorts, ports }: RandomService): number {
  return random.pick(serverPorts) || random.pick(ports);
}

function pickConnection(random: Random, connections: readonly Connection[]): Connection | undefined {
  const plain = connections.filter(({ template }) => !template);
  return plain.length === 0 ? undefined : random.pick(plain);
}

function protocolOf({ protocol }: Connection): Protocol {
  return protocol === 'udp' || protocol === 'sctp' ? protocol : 'tcp';
}

/** An ICMP error about a packet of a connection: of a client about a reply, of a real server or a router about a request. */
export function randomError(random: Random, connections: readonly Connection[], whose: Whose = 'others'): Arriving {
  const known = pickConnection(random, connections);
  const service = random.pick(servicesFor(whose));
  const family = known === undefined ? service.family : familyOf(known.client.address);
  const client = known?.client ?? { address: random.pick(CLIENTS[family]), port: random.pick(CLIENT_PORTS) };
  const virtual = known?.virtual ?? { address: vipOf(service), port: random.pick(service.ports) };
  const isPast = known !== undefined && isToNobody(known);
  const end = isPast
    ? virtual
    : (known?.destination ?? { address: random.pick(SERVERS[family]), port: serverPort(random, service) });
  const server = familyOf(end.address) === family ? end : { ...end, address: random.pick(SERVERS[family]) };
  const fromClient = isOwnServer(server.address) || random.oneIn(2);
  const [from, to] = fromClient ? [virtual, client] : random.oneIn(4) ? [client, virtual] : [client, server];
  const ends = { source: from.address, destination: to.address };
  const ports = { source: from.port, destination: to.port };
  const quoted = packet(carried(random, ends, known === undefined ? service.protocol : protocolOf(known), ports));
  const ip = fromClient
    ? { source: client.address, destination: virtual.address }
    : { source: server.address, destination: client.address };
  const cut = random.oneIn(8) ? random.below(28) : 28 + random.below(quoted.length);
  const icmp = family === 'inet' ? { icmp: icmp4(random) } : { icmpv6: icmp6(random) };
  const arrives = fromClient || isPast ? 'eth0' : 'eth1';
  const spec: PacketSpec = { ip, ...icmp, payload: quoted.subarray(0, cut) };
  return { arrives, frame: mangled(random, { station: directorMac(arrives), spec, family, whose }) };
}

function icmp4(random: Random): NonNullable<PacketSpec['icmp']> {
  const type = random.pick([3, 3, 3, 4, 11, 12, 8]);
  const wrong = random.oneIn(10) ? { checksum: random.below(0x10000) } : {};
  return { type, code: random.pick([0, 1, 3, 4]), rest: random.pick([0, 576, 1300, 1400]), ...wrong };
}

function icmp6(random: Random): NonNullable<PacketSpec['icmpv6']> {
  const wrong = random.oneIn(10) ? { checksum: random.below(0x10000) } : {};
  return {
    type: random.pick([1, 1, 2, 3, 4, 128]),
    code: random.pick([0, 3, 4]),
    rest: random.pick([0, 1280, 1400]),
    ...wrong,
  };
}

const ISAKMP = 500;

/** What a packet carries: where ISAKMP would go, half the time what follows it instead; in IPv6 AH may stand before anything. */
function carried(
  random: Random,
  ip: { source: string; destination: string },
  protocol: Protocol,
  ports: { source: number; destination: number },
): PacketSpec {
  const isIsakmp = protocol === 'udp' && (ports.source === ISAKMP || ports.destination === ISAKMP);
  if (isIsakmp && random.oneIn(2)) return followed(random, ip);
  const before = familyOf(ip.source) === 'inet6' && random.oneIn(20) && !isMarked(ip);
  return {
    ip,
    ...(before ? { extensions: [authentication(random)] } : {}),
    ...transport(random, protocol, ports),
  };
}

/** It is a rule of netfilter that marks it, which does not look behind AH. */
function isMarked({ source, destination }: { source: string; destination: string }): boolean {
  return SERVICES.some(({ origin }) => origin !== undefined && (origin === source || origin === destination));
}

/** An AH or ESP packet; now and then one without anything behind the headers. In AH there is ESP, of which IPv6 has to know. */
function followed(random: Random, ip: { source: string; destination: string }): PacketSpec {
  const protocol = random.pick([IP_PROTOCOL.esp, IP_PROTOCOL.authentication]);
  const length = random.oneIn(10) ? 0 : random.oneIn(20) ? 1200 + random.below(180) : random.below(300);
  const { data } = authentication(random);
  const header = Uint8Array.of(IP_PROTOCOL.esp, (data.length + 2) / 4 - 2, ...data);
  const payload = concatBytes(
    protocol === IP_PROTOCOL.esp ? new Uint8Array(0) : header,
    new Uint8Array(length).fill(9),
  );
  return { ip: { ...ip, ...(familyOf(ip.source) === 'inet' ? { protocol } : { nextHeader: protocol }) }, payload };
}

/** Of 12 to 24 bytes (RFC 4302). */
function authentication(random: Random): { kind: number; data: Uint8Array } {
  return { kind: IP_PROTOCOL.authentication, data: new Uint8Array(10 + random.below(4) * 4).fill(7) };
}

function transport(
  random: Random,
  protocol: Protocol,
  ports: { source: number; destination: number },
): Pick<PacketSpec, 'tcp' | 'udp' | 'sctp' | 'payload'> {
  const payload = random.oneIn(30) ? 1200 + random.below(180) : random.oneIn(2) ? 0 : random.below(300);
  const wrong = random.oneIn(12) ? { checksum: random.pick([0, 0xffff, random.below(0x10000)]) } : {};
  if (protocol === 'udp')
    return { udp: { ...ports, ...wrong }, payload: isCall(ports) ? randomMessage(random) : payload };
  if (protocol === 'sctp') {
    const chunks = Array.from({ length: 1 + random.below(2) }, () => ({
      type: random.pick(CHUNKS),
      flags: 0,
      value: new Uint8Array(random.below(5) * 4),
    }));
    return { sctp: { ...ports, verificationTag: random.below(0x10000), chunks, ...wrong } };
  }
  const offset = random.oneIn(15) ? { dataOffset: random.below(16) } : {};
  const options = random.oneIn(4) ? { options: new Uint8Array(random.below(4) * 4).fill(1) } : {};
  const [sequence, acknowledgement] = [random.below(0x10000), random.below(0x10000)];
  return {
    tcp: { ...ports, flags: random.pick(FLAGS), sequence, acknowledgement, ...options, ...offset, ...wrong },
    payload,
  };
}

/** One end is of a service of calls, or of its real servers. */
function isCall({ source, destination }: { source: number; destination: number }): boolean {
  return SERVICES.some(
    ({ calls, ports, serverPorts }) =>
      calls === true && [...ports, ...serverPorts].some((port) => port === source || port === destination),
  );
}

interface Whole {
  station: string;
  spec: PacketSpec;
  family: Family;
  whose: Whose;
  /** Whether times may be taken in its options: those in a tunnel cannot be told from what the director chooses. */
  taken?: boolean;
}

/**
 * The frame, now and then with a header, a length or an end that it should not have. IP lengths that end within the header of TCP or
 * UDP are left out: such packets pass to the stack, where the kernel's IPVS drops them.
 */
function mangled(random: Random, { station, spec, family, whose, taken = true }: Whole): Uint8Array {
  const trailer = random.oneIn(10) ? random.below(20) : 0;
  // What the stack answers has bits of it, another in each version of the kernel.
  const traffic = { dscp: whose === 'own' ? 0 : random.below(64), ecn: whose === 'own' ? 0 : random.below(4) };
  const odd = family === 'inet' ? oddIpv4(random, spec, { traffic, taken, whose }) : oddIpv6(random, spec, traffic);
  const eth = { destination: station, ...(station === ZERO_MAC ? { source: ZERO_MAC } : {}) };
  const frame = packet({ ...spec, ...odd, eth, trailer });
  return random.oneIn(50) ? frame.subarray(0, 14 + random.below(frame.length - 13)) : frame;
}

/** 0 to 2. */
function lowTtl(random: Random, ip: PacketSpec['ip']): number {
  const ttl = random.below(3);
  return mayBeRefused(ip) ? ttl : 2;
}

/**
 * Straight to a real server, or from the VIP, a packet does not die on its way: what the director says about that is a packet of its own, which the
 * programs do not see (docs/limits.md).
 */
function mayBeRefused(ip: PacketSpec['ip']): boolean {
  const isToServer = Object.values(SERVERS).some((servers: readonly string[]) =>
    servers.includes(ip?.destination ?? ''),
  );
  return !isToServer && !SERVICES.some((service) => vipOf(service) === ip?.source);
}

interface Traffic {
  dscp: number;
  ecn: number;
}

function oddIpv4(
  random: Random,
  { ip, icmp, udp }: PacketSpec,
  { traffic, taken, whose }: { traffic: Traffic; taken: boolean; whose: Whose },
): Partial<PacketSpec> {
  const odd = {
    // Into ICMP errors and the first message of a call the programs write nothing (docs/limits.md); what is the stack's own, it heeds.
    ...(random.oneIn(15)
      ? {
          options: randomOptions(random, {
            idle: whose === 'own' || icmp !== undefined || isCall({ source: 0, destination: 0, ...udp }),
            taken,
            good: !mayBeRefused(ip),
          }),
        }
      : {}),
    ...(random.oneIn(20) ? { ttl: lowTtl(random, ip) } : {}),
    ...(random.oneIn(40) ? { checksum: random.below(0x10000) } : {}),
    ...(random.oneIn(60) ? { totalLength: random.pick([random.below(20), 1400]) } : {}),
    ...traffic,
    identification: random.below(0x10000),
    dontFragment: random.oneIn(2),
  };
  return { ip: { ...ip, ...odd } };
}

function oddIpv6(random: Random, { ip, extensions = [] }: PacketSpec, traffic: Traffic): Partial<PacketSpec> {
  const odd = {
    ...(random.oneIn(20) ? { hopLimit: lowTtl(random, ip) } : {}),
    ...(random.oneIn(60) ? { payloadLength: random.pick([random.below(20), 1400]) } : {}),
    ...traffic,
  };
  const canHaveMore = !('nextHeader' in (ip ?? {}));
  const more = random.oneIn(15) && canHaveMore ? [DESTINATION_OPTIONS] : [];
  const first =
    random.oneIn(15) && canHaveMore
      ? [{ kind: IP_PROTOCOL.hopByHop, data: randomHopOptions(random, !mayBeRefused(ip)) }]
      : [];
  return { ip: { ...ip, ...odd }, extensions: [...first, ...more, ...extensions] };
}

/** PadN of six bytes (RFC 8200 section 4.2). */
const DESTINATION_OPTIONS = { kind: IP_PROTOCOL.destinationOptions, data: Uint8Array.of(1, 4, 0, 0, 0, 0) };

/** The packet of a frame in fragments: most often all of them, in any order, now and then one twice or not at all. */
function inFragments(random: Random, { arrives, frame }: Arriving): Arriving[] {
  const read = readPacket(frame.slice(14));
  if (typeof read === 'string' || read.fragment !== undefined) return [{ arrives, frame }];
  // Nowhere each of them would be refused by itself (docs/limits.md).
  if (NOWHERE.includes(read.destination)) return [{ arrives, frame }];
  const least = read.family === 'inet' ? 68 : 128;
  const pieces = fragmentsFor(read, least + random.below(400), random.below(0x10000));
  const type = read.family === 'inet' ? ETHER_TYPE.ipv4 : ETHER_TYPE.ipv6;
  const header = concatBytes(parseMac(stationOf(arrives)), new Uint8Array(6), Uint8Array.of(type >> 8, type & 0xff));
  const kept = pieces.filter(() => !random.oneIn(25)).flatMap((piece) => (random.oneIn(20) ? [piece, piece] : [piece]));
  const order = random.oneIn(3) ? kept.toReversed() : kept;
  return order.slice(0, 12).map((piece) => ({ arrives, frame: concatBytes(header, piece) }));
}
