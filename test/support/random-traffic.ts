import type { Connection } from '../../src/lvs/live-connection.ts';
import { directorMac } from '../../src/engine/compliance/recorded-topology.ts';
import { packet, type PacketSpec } from '../../src/net/packet.ts';
import type { Random } from './random.ts';

/**
 * Random rules, packets and changes for a director between clients (eth0) and real servers (eth1), within what the eBPF engine
 * does: IPv4, TCP and UDP, masquerading, direct routing, tunnelling and full NAT, rr and wrr.
 */

export interface RandomService {
  /** `-t 10.9.9.9:80`. */
  name: string;
  protocol: 'tcp' | 'udp';
  port: number;
  /** Ports of real servers: no two services share one, so that a reply belongs to one connection. */
  serverPorts: readonly number[];
}

export const SERVICES: readonly RandomService[] = [
  { name: '-t 10.9.9.9:80', protocol: 'tcp', port: 80, serverPorts: [80, 8081] },
  { name: '-t 10.9.9.9:443', protocol: 'tcp', port: 443, serverPorts: [443, 8443] },
  { name: '-u 10.9.9.9:53', protocol: 'udp', port: 53, serverPorts: [53, 5353] },
];
const VIP = '10.9.9.9';
const SERVERS = ['10.2.0.11', '10.2.0.12'] as const;
const CLIENT = '10.1.0.10';
const CLIENT_PORTS = [20, 1024, 40001, 40002, 40003, 40004] as const;
const FLAGS = [
  'S',
  'S',
  'S',
  'A',
  'A',
  'A',
  'PA',
  'SA',
  'F',
  'FA',
  'R',
  'RA',
  '',
  'P',
  'U',
  'SF',
  'SR',
  'SFRA',
] as const;

/** Of the real servers in a set of rules. */
export type Method = '-m' | '-g' | '-i' | '--full-nat';

/** Few enough for some connections to find none free. */
export const SOURCES = ['source add 10.2.0.1 5000-5002', 'source add 10.1.0.1 6000-6001'] as const;

export function randomRules(random: Random, method: Method): string[] {
  const sources = method === '--full-nat' ? SOURCES : [];
  const services = SERVICES.flatMap((service) => {
    if (random.oneIn(8)) return [];
    const servers = [0, 1, 2].slice(random.below(3)).map(() => destination(random, service, method));
    return [
      `-A ${service.name} -s ${random.pick(['rr', 'wrr'])}`,
      ...new Set(servers.map(({ id, options }) => `-a ${service.name} -r ${id} ${options}`)),
    ];
  });
  return [`set nat_icmp_send=${random.below(2)}`, ...sources, ...services];
}

/** One change of the rules; it may be one that is refused. */
export function randomChange(random: Random, method: Method): string {
  const service = random.pick(SERVICES);
  const { id, options } = destination(random, service, method);
  return random.pick([
    `-a ${service.name} -r ${id} ${options}`,
    `-e ${service.name} -r ${id} ${options}`,
    `-d ${service.name} -r ${id}`,
    `-E ${service.name} -s ${random.pick(['rr', 'wrr'])}`,
    `-A ${service.name} -s ${random.pick(['rr', 'wrr'])}`,
    ...(random.oneIn(3) ? [`-D ${service.name}`, '-Z', `-Z ${service.name}`] : []),
    `--set ${random.pick([900, 31])} ${random.pick([120, 17])} ${random.pick([300, 23])}`,
  ]);
}

function destination(random: Random, service: RandomService, method: Method): { id: string; options: string } {
  const port = method === '-m' || method === '--full-nat' ? random.pick(service.serverPorts) : service.port;
  return { id: `${random.pick(SERVERS)}:${port}`, options: `${method} -w ${random.below(4)}` };
}

export interface Arriving {
  arrives: 'eth0' | 'eth1';
  frame: Uint8Array;
}

/** A packet of a client to the VIP, or now and then elsewhere. With full NAT a real server may be the client. */
export function randomRequest(random: Random, method: Method): Arriving {
  const service = random.pick(SERVICES);
  const ports = {
    source: random.pick(CLIENT_PORTS),
    destination: random.oneIn(20) ? random.below(0x10000) : service.port,
  };
  const target = random.oneIn(30) ? random.pick(SERVERS) : VIP;
  const isServer = method === '--full-nat' && random.oneIn(6);
  const ip = { source: isServer ? random.pick(SERVERS) : CLIENT, destination: target };
  const arrives = isServer ? 'eth1' : 'eth0';
  const spec = { ip, ...transport(random, service.protocol, ports) };
  return { arrives, frame: mangled(random, directorMac(arrives), spec) };
}

/** A packet of a real server: of one of the connections, or of none. */
export function randomReply(random: Random, connections: readonly Connection[]): Arriving {
  const service = random.pick(SERVICES);
  const known = connections.length > 0 && !random.oneIn(6) ? random.pick(connections) : undefined;
  const protocol = known === undefined ? service.protocol : known.protocol === 'udp' ? 'udp' : 'tcp';
  const seen = known?.source ?? known?.client;
  const ports = {
    source: known?.destination.port ?? random.pick(service.serverPorts),
    destination: seen?.port ?? random.pick(CLIENT_PORTS),
  };
  const ip = { source: known?.destination.address ?? random.pick(SERVERS), destination: seen?.address ?? CLIENT };
  const spec = { ip, ...transport(random, protocol, ports) };
  return { arrives: 'eth1', frame: mangled(random, directorMac('eth1'), spec) };
}

function transport(
  random: Random,
  protocol: 'tcp' | 'udp',
  ports: { source: number; destination: number },
): PacketSpec {
  const payload = random.oneIn(2) ? 0 : random.below(300);
  const wrong = random.oneIn(12) ? { checksum: random.pick([0, 0xffff, random.below(0x10000)]) } : {};
  if (protocol === 'udp') return { udp: { ...ports, ...wrong }, payload };
  const offset = random.oneIn(15) ? { dataOffset: random.below(16) } : {};
  const options = random.oneIn(4) ? { options: new Uint8Array(random.below(4) * 4).fill(1) } : {};
  const [sequence, acknowledgement] = [random.below(0x10000), random.below(0x10000)];
  return {
    tcp: { ...ports, flags: random.pick(FLAGS), sequence, acknowledgement, ...options, ...offset, ...wrong },
    payload,
  };
}

/**
 * The frame, now and then with a header, a length or an end that it should not have. IP lengths that end within the header of TCP or
 * UDP are left out: such packets pass to the stack, where the kernel's IPVS drops them.
 */
function mangled(random: Random, station: string, spec: PacketSpec): Uint8Array {
  const odd = {
    ...(random.oneIn(15) ? { options: new Uint8Array((1 + random.below(10)) * 4).fill(1) } : {}),
    ...(random.oneIn(20) ? { ttl: random.below(3) } : {}),
    ...(random.oneIn(40) ? { checksum: random.below(0x10000) } : {}),
    ...(random.oneIn(60) ? { totalLength: random.pick([random.below(20), 1400]) } : {}),
    dscp: random.below(64),
    ecn: random.below(4),
    identification: random.below(0x10000),
    dontFragment: random.oneIn(2),
  };
  const trailer = random.oneIn(10) ? random.below(20) : 0;
  const frame = packet({ ...spec, eth: { destination: station }, ip: { ...spec.ip, ...odd }, trailer });
  return random.oneIn(50) ? frame.subarray(0, 14 + random.below(frame.length - 13)) : frame;
}
