import type { Connection } from '../../../lvs/live-connection.ts';
import { fragmentsFor } from '../../../lvs/fragmentation.ts';
import { readPacket } from '../../../lvs/packet.ts';
import { familyOf } from '../../../lvs/service.ts';
import { concatBytes } from '../../../net/bytes.ts';
import { ETHER_TYPE } from '../../../net/ether-type.ts';
import { parseMac } from '../../../net/address.ts';
import { directorMac } from '../recorded-topology.ts';
import { asksFromFewPorts, type Cast } from './cast.ts';
import { carried } from './content.ts';
import {
  CLIENT_PORTS,
  clientPort,
  isOwnClient,
  isOwnServer,
  isToNobody,
  pickConnection,
  protocolOf,
  serverPort,
} from './ends.ts';
import { randomError } from './errors.ts';
import { mangled, stationOf, type Arriving } from './frame.ts';
import { lengthened } from './lengthen.ts';
import type { Random } from './random.ts';
import { CLIENTS, NOWHERE, OWN, SERVERS, vipOf } from './surroundings.ts';

/** Random packets of clients (eth0) and real servers (eth1) of either family: good ones, odd ones, fragments, ICMP errors. */

/** The next frames: one, or those of a packet in fragments. */
export function randomArrivals(random: Random, cast: Cast, connections: readonly Connection[]): Arriving[] {
  if (cast.whose === 'own') return ownArrivals(random, cast, connections);
  if (random.oneIn(12)) return [randomError(random, cast, connections)];
  const one = random.oneIn(asksFromFewPorts(cast) ? 2 : 3)
    ? randomReply(random, cast, connections)
    : randomRequest(random, cast);
  return random.oneIn(15) ? inFragments(random, one) : [one];
}

/**
 * The same where programs of the director are clients and real servers too. What they answer is the stack's own doing, and so are
 * the errors that they send. Short fragments do not leave by a tunnel (docs/limits.md).
 */
function ownArrivals(random: Random, cast: Cast, connections: readonly Connection[]): Arriving[] {
  const answered = connections.filter(({ destination }) => !isOwnServer(destination.address));
  const foreign = connections.filter(({ client, source }) => source === undefined && !isOwnClient(client.address));
  if (random.oneIn(12)) return [randomError(random, cast, foreign)];
  if (random.oneIn(3)) return [randomReply(random, cast, answered)];
  if (random.oneIn(2)) return [randomRequest(random, { ...cast, method: '-m' })];
  const one = ownRequest(random, cast);
  return cast.method !== '-i' && random.oneIn(8) ? inFragments(random, one) : [one];
}

/** A packet of a program of the director to a VIP. */
function ownRequest(random: Random, cast: Cast): Arriving {
  const service = random.pick(cast.services);
  const { family } = service;
  const ip = { source: random.pick(OWN[family].clients), destination: vipOf(service) };
  // From VIP and port of the service itself a packet would be its own reply.
  const port = ip.source === ip.destination ? random.pick(CLIENT_PORTS) : clientPort(random, service, cast);
  const ports = { source: port, destination: random.pick(service.ports) };
  const spec = carried(random, ip, service.protocol, ports);
  return { arrives: 'lo', frame: mangled(random, { station: stationOf('lo'), spec, family, cast, isRequest: true }) };
}

/** A packet of a client to a VIP, or now and then elsewhere. With full NAT a real server may be the client. */
export function randomRequest(random: Random, cast: Cast): Arriving {
  const { method } = cast;
  const service = random.pick(cast.services);
  const { family } = service;
  const ports = {
    source: clientPort(random, service, cast),
    destination: random.oneIn(20) ? random.below(0x10000) : random.pick(service.ports),
  };
  const destination = random.oneIn(30) ? random.pick(SERVERS[family]) : vipOf(service);
  const isServer = method === '--full-nat' && service.origin === undefined && random.oneIn(6);
  const arrives = isServer ? 'eth1' : 'eth0';
  const source = isServer ? random.pick(SERVERS[family]) : random.pick(CLIENTS[family]);
  const spec = carried(random, { source, destination }, service.protocol, ports);
  const taken = method !== '-i';
  return {
    arrives,
    frame: mangled(random, { station: directorMac(arrives), spec, family, cast, isRequest: true, taken }),
  };
}

/** A packet of a real server: of one of the connections, or of none, which of a service of calls may start one. */
export function randomReply(random: Random, cast: Cast, connections: readonly Connection[]): Arriving {
  const service = random.pick(cast.services);
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
    family === 'inet6' && known !== undefined && (cast.method === '-g' || cast.method === '-i') && !random.oneIn(3);
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
  const isStray = known === undefined;
  return { arrives, frame: mangled(random, { station: directorMac(arrives), spec, family, cast, isStray }) };
}

/**
 * The packet of a frame in fragments: most often all of them, in any order, now and then one twice or not at all. Now and then it is
 * made as long as packets are that a link makes fragments of, and cut as there.
 */
function inFragments(random: Random, { arrives, frame }: Arriving): Arriving[] {
  const read = readPacket(frame.slice(14));
  if (typeof read === 'string' || read.fragment !== undefined) return [{ arrives, frame }];
  // Nowhere each of them would be refused by itself (docs/limits.md).
  if (NOWHERE.includes(read.destination)) return [{ arrives, frame }];
  const more = random.oneIn(8) ? 14_000 + random.below(4000) : 1200 + random.below(4000);
  const long = random.oneIn(3) ? lengthened(random, read, more) : undefined;
  const least = long !== undefined ? 1201 : read.family === 'inet' ? 68 : 128;
  const most = least + random.below(long === undefined ? 400 : 300);
  const pieces = fragmentsFor(long ?? read, most, random.below(0x10000));
  const type = read.family === 'inet' ? ETHER_TYPE.ipv4 : ETHER_TYPE.ipv6;
  const header = concatBytes(parseMac(stationOf(arrives)), new Uint8Array(6), Uint8Array.of(type >> 8, type & 0xff));
  const kept = pieces.filter(() => !random.oneIn(25)).flatMap((piece) => (random.oneIn(20) ? [piece, piece] : [piece]));
  const order = random.oneIn(3) ? kept.toReversed() : kept;
  return order.slice(0, 16).map((piece) => ({ arrives, frame: concatBytes(header, piece) }));
}
