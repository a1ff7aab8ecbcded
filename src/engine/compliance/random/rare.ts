import type { Connection } from '../../../lvs/live-connection.ts';
import { familyOf, type Family } from '../../../lvs/service.ts';
import { IP_PROTOCOL } from '../../../net/ip-protocol.ts';
import { packet, type PacketSpec } from '../../../net/packet.ts';
import { directorMac } from '../recorded-topology.ts';
import type { Random } from './random.ts';
import type { Cast } from './cast.ts';
import { pickConnection } from './ends.ts';
import type { Arriving } from './frame.ts';
import { CLIENTS, OWN, SERVERS, SERVICES, vipOf } from './surroundings.ts';

/**
 * Random packets of kinds that hardly ever come: addresses that nobody should have, protocols that nobody balances, errors about tunnel
 * packets, about errors and about later fragments, headers between IPv6 and its transport.
 * In the programs the connection of a client without a port ends with the next from there (docs/limits.md)
 */
export function rareArrival(random: Random, { player }: Cast, connections: readonly Connection[]): Arriving {
  const make = random.pick(player === 'kernel' ? KINDS : PROGRAM_KINDS);
  const arrives = random.oneIn(3) ? 'eth1' : 'eth0';
  const spec = make(random, pickConnection(random, connections));
  return { arrives, frame: packet({ ...spec, eth: { destination: directorMac(arrives) } }) };
}

type Kind = (random: Random, known: Connection | undefined) => PacketSpec;

const SOURCES = {
  inet: ['127.0.0.1', '0.0.0.0', '255.255.255.255', '224.0.0.1', '10.9.9.9', '10.1.0.1'],
  inet6: ['::1', 'ff02::1'],
} as const satisfies Record<Family, readonly string[]>;

const DESTINATIONS = {
  inet: ['255.255.255.255', '10.1.0.255', '10.1.0.1', '10.2.0.1'],
  inet6: ['2001:db8:a::1', '2001:db8:b::1'],
} as const satisfies Record<Family, readonly string[]>;

/** An answer to one of the director's own addresses of IPv6 goes to itself, where no test run of the programs sees it end. */
const oddSource: Kind = (random) => {
  const service = random.pick(SERVICES.filter(({ origin }) => origin === undefined));
  return request(random, random.pick(SOURCES[service.family]), vipOf(service), random.pick(service.ports));
};

const oddDestination: Kind = (random) => {
  const { family, ports } = random.pick(SERVICES);
  return request(random, random.pick(CLIENTS[family]), random.pick(DESTINATIONS[family]), random.pick(ports));
};

/** To a service, but from port 0, or to it. */
const zeroPort: Kind = (random) => {
  const service = random.pick(SERVICES);
  const spec = request(random, random.pick(CLIENTS[service.family]), vipOf(service), random.pick(service.ports));
  const ports = {
    ...(random.oneIn(2) ? { source: 0 } : { destination: 0 }),
    ...(random.oneIn(4) ? { source: 0, destination: 0 } : {}),
  };
  return spec.tcp ? { ...spec, tcp: { ...spec.tcp, ...ports } } : { ...spec, udp: { ...spec.udp, ...ports } };
};

/** All eight flags in any way, and windows and pointers that mean nothing. */
const anyFlags: Kind = (random) => {
  const service = random.pick(SERVICES.filter(({ protocol }) => protocol === 'tcp'));
  const ip = { source: random.pick(CLIENTS[service.family]), destination: vipOf(service) };
  const ports = { source: 40001 + random.below(4), destination: random.pick(service.ports) };
  return { ip, tcp: { ...ports, flags: random.below(256), window: random.below(0x10000) }, payload: random.below(60) };
};

/** OSPF, and a number of nobody's. */
const unknownProtocol: Kind = (random) => {
  const { family, ...service } = random.pick(SERVICES);
  const destination = random.oneIn(3) ? random.pick(SERVERS[family]) : vipOf({ family, ...service });
  const protocol = random.pick([89, 200]);
  const ip = { source: random.pick(CLIENTS[family]), destination };
  return {
    ip: { ...ip, ...(family === 'inet' ? { protocol } : { nextHeader: protocol }) },
    payload: random.below(100),
  };
};

/** A ping, whole or cut, to the VIP or past the director. */
const ping: Kind = (random) => {
  const service = random.pick(SERVICES);
  const { family } = service;
  const destination = random.oneIn(3) ? random.pick(SERVERS[family]) : vipOf(service);
  const ip = { source: random.pick(CLIENTS[family]), destination };
  const message = { identifier: 7, sequence: random.below(100) };
  return family === 'inet'
    ? { ip, icmp: { type: 8, ...message }, payload: random.below(200) }
    : { ip, icmpv6: { type: 128, ...message }, payload: random.below(200) };
};

/** About a packet in a tunnel to a real server, from a router on the way to it. */
const tunnelError: Kind = (random, known) => {
  const { client, virtual, server } = endsOf(random, known);
  const inner = quotedRequest(random, client, virtual);
  const outer = {
    source: random.oneIn(8) ? random.pick(OWN[familyOf(server)].clients) : OWN[familyOf(server)].server,
    destination: server,
  };
  const tunnels: PacketSpec[] = [
    { ip: outer, inner },
    { ip: outer, gre: {}, inner },
    { ip: outer, gre: { checksum: random.below(0x10000) }, inner },
    { ip: outer, udp: { source: 50_000, destination: 6080 }, gue: {}, inner },
  ];
  return errorAbout(random, packet(random.pick(tunnels)), {
    source: random.oneIn(2) ? server : random.pick(SERVERS[familyOf(server)]),
    destination: outer.source,
    family: familyOf(server),
  });
};

/** About an error about a packet of a connection. None tells an MTU, of which the stack would learn. */
const errorAboutError: Kind = (random, known) => {
  const { family, client, virtual } = endsOf(random, known);
  const quoted = packet(quotedRequest(random, client, virtual));
  const first = errorAbout(random, quoted, { source: virtual.address, destination: client.address, family });
  const ip = { source: client.address, destination: virtual.address };
  const unreachable = { code: random.below(4) };
  const payload = packet(first);
  return family === 'inet'
    ? { ip, icmp: { type: 3, ...unreachable }, payload }
    : { ip, icmpv6: { type: 1, ...unreachable }, payload };
};

/** About a later fragment of a connection's packet: where the ports would be is what follows them. */
const errorAboutFragment: Kind = (random, known) => {
  const { family, client, virtual, server } = endsOf(random, known);
  const isReply = random.oneIn(2);
  const quoted = isReply ? quotedRequest(random, virtual, client) : quotedRequest(random, client, virtual);
  const bytes = packet(
    family === 'inet'
      ? { ...quoted, ip: { ...quoted.ip, fragmentOffset: 8 * (1 + random.below(3)), moreFragments: random.oneIn(2) } }
      : {
          ...quoted,
          fragment: { fragmentOffset: random.below(3) * 8, moreFragments: random.oneIn(2), identification: 5 },
        },
  );
  const ends = isReply
    ? { source: client.address, destination: virtual.address }
    : { source: familyOf(server) === family ? server : random.pick(SERVERS[family]), destination: client.address };
  return errorAbout(random, bytes, { ...ends, family });
};

/** IPv6 with up to three headers before its transport. */
const extended: Kind = (random) => {
  const service = random.pick(SERVICES.filter(({ family }) => family === 'inet6'));
  const spec = request(random, random.pick(CLIENTS.inet6), vipOf(service), random.pick(service.ports));
  const extensions = Array.from({ length: 1 + random.below(3) }, (_, place) =>
    random.pick(place === 0 ? HEADERS : HEADERS.slice(1)),
  );
  return { ...spec, extensions };
};

/** Padding as hop-by-hop and destination options (RFC 8200 section 4.2), and a route whose end has been reached. */
const HEADERS = [
  { kind: IP_PROTOCOL.hopByHop, data: Uint8Array.of(1, 4, 0, 0, 0, 0) },
  { kind: IP_PROTOCOL.destinationOptions, data: Uint8Array.of(1, 4, 0, 0, 0, 0) },
  { kind: IP_PROTOCOL.destinationOptions, data: Uint8Array.of(1, 2, 0, 0, 0, 0) },
  { kind: IP_PROTOCOL.routing, data: new Uint8Array(6) },
] as const;

const KINDS: readonly Kind[] = [
  oddSource,
  oddDestination,
  zeroPort,
  anyFlags,
  anyFlags,
  unknownProtocol,
  ping,
  tunnelError,
  tunnelError,
  errorAboutError,
  errorAboutFragment,
  errorAboutFragment,
  extended,
];

/** The programs take an error about a tunnel for one about a connection only where that goes through such a tunnel. */
const PROGRAM_KINDS = KINDS.filter((kind) => kind !== zeroPort && kind !== tunnelError);

interface End {
  address: string;
  port: number;
}

function endsOf(
  random: Random,
  known: Connection | undefined,
): { family: Family; client: End; virtual: End; server: string } {
  if (known !== undefined && known.destination.address !== '0.0.0.0' && known.destination.address !== '::') {
    const family = familyOf(known.client.address);
    return { family, client: known.client, virtual: known.virtual, server: known.destination.address };
  }
  const service = random.pick(SERVICES);
  return {
    family: service.family,
    client: { address: random.pick(CLIENTS[service.family]), port: 40001 },
    virtual: { address: vipOf(service), port: random.pick(service.ports) },
    server: random.pick(SERVERS[service.family]),
  };
}

function quotedRequest(random: Random, from: End, to: End): PacketSpec {
  const ports = { source: from.port, destination: to.port };
  const ip = {
    source: from.address,
    destination: to.address,
    ...(random.oneIn(2) && familyOf(from.address) === 'inet' ? { dontFragment: true } : {}),
  };
  return random.oneIn(2) ? { ip, tcp: { ...ports, flags: 'A' }, payload: 20 } : { ip, udp: ports, payload: 20 };
}

function request(random: Random, source: string, destination: string, port: number): PacketSpec {
  const ports = { source: 40001 + random.below(4), destination: port };
  const ip = { source, destination };
  return random.oneIn(2) ? { ip, tcp: { ...ports, flags: 'S' } } : { ip, udp: ports, payload: random.below(60) };
}

/** Of the errors that there are; half of them tell an MTU. */
function errorAbout(
  random: Random,
  quoted: Uint8Array,
  { source, destination, family }: { source: string; destination: string; family: Family },
): PacketSpec {
  const ip = { source, destination };
  const payload = random.oneIn(6) ? quoted.subarray(0, 20 + random.below(quoted.length)) : quoted;
  if (family === 'inet6')
    return { ip, icmpv6: random.oneIn(2) ? { type: 2, rest: 1400 } : { type: 1, code: random.below(5) }, payload };
  const isTooBig = random.oneIn(2);
  return {
    ip,
    icmp: {
      type: isTooBig ? 3 : random.pick([3, 11, 4]),
      code: isTooBig ? 4 : random.below(2),
      rest: isTooBig ? 1400 : 0,
    },
    payload,
  };
}
