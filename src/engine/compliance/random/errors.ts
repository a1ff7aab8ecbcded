import type { Connection } from '../../../lvs/live-connection.ts';
import { familyOf } from '../../../lvs/service.ts';
import { packet, type PacketSpec } from '../../../net/packet.ts';
import { directorMac } from '../recorded-topology.ts';
import type { Cast } from './cast.ts';
import { carried } from './content.ts';
import { mangled, type Arriving } from './frame.ts';
import { isOwnServer, isToNobody, pickConnection, protocolOf, CLIENT_PORTS, serverPort } from './ends.ts';
import type { Random } from './random.ts';
import { CLIENTS, SERVERS, vipOf } from './surroundings.ts';

/** Random ICMP errors about connections. */

/** An ICMP error about a packet of a connection: of a client about a reply, of a real server or a router about a request. */
export function randomError(random: Random, cast: Cast, connections: readonly Connection[]): Arriving {
  const known = pickConnection(random, connections);
  const service = random.pick(cast.services);
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
  return { arrives, frame: mangled(random, { station: directorMac(arrives), spec, family, cast }) };
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
