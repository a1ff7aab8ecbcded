import type { MarkRule } from '../recording.ts';
import type { Surroundings } from '../../../lvs/routing.ts';
import { TWO_SIDES } from '../recorded-topology.ts';
import type { Family, Protocol } from '../../../lvs/service.ts';

/** Whom random packets and rules are about: clients (eth0) and real servers (eth1) of a director, and the services that there may be. */

/** Clients to whom no route leads. */
export const NOWHERE: readonly string[] = ['172.30.1.1', '2001:db8:ffff::1'];
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

export interface RandomService {
  /** `-t 10.9.9.9:80`. */
  name: string;
  family: Family;
  protocol: Protocol;
  /** Ports that its packets are sent to. */
  ports: readonly number[];
  /** Ports of real servers. 0: that of the packet. */
  serverPorts: readonly number[];
  /** With another service it shares real servers, so that a reply may belong to a connection of either; no three do. */
  shares?: true;
  /** A service of any port has to be persistent. */
  persistent?: true;
  /** Its packets are SIP messages. */
  calls?: true;
  /** Its clients ask from its own port, and AH and ESP follow them. */
  isakmp?: true;
  /** Where its packets go, if not to the VIP: to somebody else. Most of the time no real server takes any (cache_bypass). */
  origin?: string;
}

const VIPS = { inet: '10.9.9.9', inet6: '2001:db8:9::9' } as const;
export const SERVERS = {
  inet: ['10.2.0.11', '10.2.0.12', '192.168.50.7'],
  inet6: ['2001:db8:b::11', '2001:db8:b::12', '2001:db8:50::7'],
} as const satisfies Record<Family, readonly string[]>;

/** Addresses of the director: of a program that asks, the first too if it chooses none; of one that is a real server. */
export const OWN = {
  inet: { clients: ['10.9.9.9', '10.2.0.1', '10.1.0.1'], server: '10.2.0.1' },
  inet6: { clients: ['2001:db8:9::9', '2001:db8:b::1', '2001:db8:a::1'], server: '2001:db8:b::1' },
} as const satisfies Record<Family, { clients: readonly string[]; server: string }>;

/** TCP to this port of the VIP has the mark 1. */
const MARKED_PORT = 8000;
/**
 * TCP to the first and UDP to the second has the mark 2, and comes to the director; ICMP errors to them do not. To the others whatever has
 * the mark 3, errors too.
 */
const ORIGINS = { inet: '10.1.0.20', inet6: '2001:db8:a::20' } as const;
const WHOLE_ORIGINS = { inet: '10.1.0.21', inet6: '2001:db8:a::21' } as const;
export const MARKS: readonly MarkRule[] = [
  { proto: 'tcp', daddr: `${VIPS.inet}/32`, dport: `${MARKED_PORT}`, mark: 1 },
  { proto: 'tcp', daddr: `${ORIGINS.inet}/32`, mark: 2 },
  { proto: 'udp', daddr: `${ORIGINS.inet6}/128`, mark: 2 },
  { daddr: `${WHOLE_ORIGINS.inet}/32`, mark: 3 },
  { daddr: `${WHOLE_ORIGINS.inet6}/128`, mark: 3 },
];

export const SURROUNDINGS: Surroundings = {
  ...TWO_SIDES,
  neighbours: [
    ...TWO_SIDES.neighbours,
    { dev: 'eth1', addr: '2001:db8:b::12', mac: '02:00:00:00:0d:12' },
    { dev: 'eth0', addr: '10.1.0.11', mac: '02:00:00:00:0c:11' },
    { dev: 'eth0', addr: '2001:db8:a::11', mac: '02:00:00:00:0c:11' },
    { dev: 'eth0', addr: '10.1.0.254', mac: '02:00:00:00:0c:fe' },
    { dev: 'eth0', addr: '2001:db8:a::fe', mac: '02:00:00:00:0c:fe' },
    { dev: 'eth1', addr: '10.2.0.254', mac: '02:00:00:00:0d:fe' },
    { dev: 'eth1', addr: '2001:db8:b::fe', mac: '02:00:00:00:0d:fe' },
    ...[...Object.values(ORIGINS), ...Object.values(WHOLE_ORIGINS)].map((addr) => ({
      dev: 'eth0',
      addr,
      mac: '02:00:00:00:0c:20',
    })),
  ],
  routes: [
    { dst: '203.0.113.0/24', via: '10.1.0.254', dev: 'eth0' },
    { dst: '2001:db8:c::/64', via: '2001:db8:a::fe', dev: 'eth0' },
    { dst: '192.168.50.0/24', via: '10.2.0.254', dev: 'eth1' },
    { dst: '2001:db8:50::/64', via: '2001:db8:b::fe', dev: 'eth1' },
  ],
  deliveredMarks: [2, 3],
};

export const SERVICES: readonly RandomService[] = [
  { name: '-t 10.9.9.9:80', family: 'inet', protocol: 'tcp', ports: [80], serverPorts: [80, 8081], shares: true },
  { name: '-t 10.9.9.9:443', family: 'inet', protocol: 'tcp', ports: [443], serverPorts: [443, 80, 80], shares: true },
  { name: '-u 10.9.9.9:53', family: 'inet', protocol: 'udp', ports: [53], serverPorts: [53, 5353, 5353], shares: true },
  {
    name: '-u 10.9.9.9:54',
    family: 'inet',
    protocol: 'udp',
    ports: [54],
    serverPorts: [54, 53, 5353, 5353],
    shares: true,
  },
  { name: '--sctp-service 10.9.9.9:5000', family: 'inet', protocol: 'sctp', ports: [5000], serverPorts: [5000, 5001] },
  { name: '-u 10.9.9.9:0', family: 'inet', protocol: 'udp', ports: [7000, 7001], serverPorts: [0], persistent: true },
  { name: '-u 10.9.9.9:5060', family: 'inet', protocol: 'udp', ports: [5060], serverPorts: [5060, 5062], calls: true },
  { name: '-f 1', family: 'inet', protocol: 'tcp', ports: [MARKED_PORT], serverPorts: [8000, 8001] },
  {
    name: '-f 2',
    family: 'inet',
    protocol: 'tcp',
    ports: [8090, 8091],
    serverPorts: [0],
    origin: ORIGINS.inet,
  },
  {
    name: '-f 2 -6',
    family: 'inet6',
    protocol: 'udp',
    ports: [8090, 8091],
    serverPorts: [0],
    origin: ORIGINS.inet6,
  },
  {
    name: '-f 3',
    family: 'inet',
    protocol: 'udp',
    ports: [8092],
    serverPorts: [0],
    origin: WHOLE_ORIGINS.inet,
  },
  {
    name: '-f 3 -6',
    family: 'inet6',
    protocol: 'tcp',
    ports: [8092],
    serverPorts: [0],
    origin: WHOLE_ORIGINS.inet6,
  },
  { name: '-t [2001:db8:9::9]:80', family: 'inet6', protocol: 'tcp', ports: [80], serverPorts: [80, 8081] },
  {
    name: '-u [2001:db8:9::9]:53',
    family: 'inet6',
    protocol: 'udp',
    ports: [53],
    serverPorts: [53, 5353],
    shares: true,
  },
  {
    name: '-u [2001:db8:9::9]:54',
    family: 'inet6',
    protocol: 'udp',
    ports: [54],
    serverPorts: [53, 5353],
    shares: true,
  },
  {
    name: '-u 10.9.9.9:500',
    family: 'inet',
    protocol: 'udp',
    ports: [500],
    serverPorts: [500, 500, 4500],
    isakmp: true,
  },
  {
    name: '-u [2001:db8:9::9]:500',
    family: 'inet6',
    protocol: 'udp',
    ports: [500],
    serverPorts: [500, 500, 4500],
    isakmp: true,
  },
  {
    name: '-u [2001:db8:9::9]:5060',
    family: 'inet6',
    protocol: 'udp',
    ports: [5060],
    serverPorts: [5060, 5062],
    calls: true,
  },
  {
    name: '--sctp-service [2001:db8:9::9]:5000',
    family: 'inet6',
    protocol: 'sctp',
    ports: [5000],
    serverPorts: [5000, 5001],
  },
];

export function vipOf({ family, origin }: Pick<RandomService, 'family' | 'origin'>): string {
  return origin ?? VIPS[family];
}
