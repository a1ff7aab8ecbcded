import type { MarkRule } from '../recording.ts';
import type { Surroundings } from '../../../lvs/routing.ts';
import { TWO_SIDES } from '../recorded-topology.ts';
import type { Family, Protocol } from '../../../lvs/service.ts';
import type { Random } from './random.ts';

/** Random rules, changes and settings for a director between clients (eth0) and real servers (eth1). */

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

/**
 * Whether programs of the director itself are clients and real servers. The stack behind it has no SCTP, and what they send to others does
 * not come by the loopback. Of others all services, or only those that share real servers; `local`: all, and the director is a real server.
 */
export type Whose = 'others' | 'sharing' | 'own' | 'local';

export function servicesFor(whose: Whose): readonly RandomService[] {
  if (whose === 'others' || whose === 'local') return SERVICES;
  if (whose === 'sharing') return SERVICES.filter(({ shares }) => shares === true);
  return SERVICES.filter(({ protocol, origin }) => protocol !== 'sctp' && origin === undefined);
}

export function vipOf({ family, origin }: Pick<RandomService, 'family' | 'origin'>): string {
  return origin ?? VIPS[family];
}

/** Of the real servers in a set of rules. */
export type Method = '-m' | '-g' | '-i' | '--full-nat';

/** Few enough for some connections by full NAT to find none free. */
const SOURCES = ['source add 10.2.0.1 5000-5002', 'source add 10.1.0.1 6000-6001'] as const;

/** Those that draw no lots. */
const SCHEDULERS = 'rr wrr rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh none'.split(' ');

export function randomRules(random: Random, method: Method, whose: Whose = 'others'): string[] {
  const sources = method === '--full-nat' ? SOURCES : [];
  const services = servicesFor(whose).flatMap((service) => {
    // Nothing but its service makes the director take a packet to others for its own.
    if (service.origin === undefined && whose !== 'sharing' && random.oneIn(3)) return [];
    const servers = [0, 1, 2, 3].slice(random.below(4)).map(() => destination(random, service, { method, whose }));
    return [
      `-A ${service.name} ${serviceOptions(random, service)}`,
      ...new Set(servers.map(({ id, options }) => `-a ${service.name} -r ${id} ${options}`)),
    ];
  });
  return [...sources, ...services];
}

/** One change of the rules; it may be one that is refused. */
export function randomChange(random: Random, method: Method, whose: Whose = 'others'): string {
  const service = random.pick(servicesFor(whose));
  const { id, options } = destination(random, service, { method, whose });
  return random.pick([
    `-a ${service.name} -r ${id} ${options}`,
    `-e ${service.name} -r ${id} ${options}`,
    `-d ${service.name} -r ${id}`,
    `-E ${service.name} ${serviceOptions(random, service)}`,
    `-A ${service.name} ${serviceOptions(random, service)}`,
    ...(random.oneIn(3) && service.origin === undefined ? [`-D ${service.name}`, '-Z', `-Z ${service.name}`] : []),
    `--set ${random.pick([900, 31])} ${random.pick([120, 17])} ${random.pick([300, 23])}`,
  ]);
}

/** Settings that an episode may have beside the defaults: name and values. */
const SETTINGS: readonly (readonly [string, readonly number[]])[] = [
  ['conn_reuse_mode', [0, 1, 2, 3]],
  ['expire_nodest_conn', [0, 1]],
  ['expire_quiescent_template', [0, 1]],
  ['sloppy_tcp', [0, 1]],
  ['sloppy_sctp', [0, 1]],
  ['pmtu_disc', [0, 1]],
  ['schedule_icmp', [0, 1]],
  ['secure_tcp', [0, 3]],
  ['nat_icmp_send', [0, 1]],
  ['lblc_expiration', [60, 86_400]],
  ['lblcr_expiration', [60, 86_400]],
];

export function randomSetting(random: Random): [name: string, value: number] {
  const [name, values] = random.pick(SETTINGS);
  return [name, random.pick(values)];
}

/** The values of a new director. */
export const DEFAULT_VALUES: readonly [name: string, value: number][] = [
  ['conn_reuse_mode', 1],
  ['expire_nodest_conn', 0],
  ['expire_quiescent_template', 0],
  ['sloppy_tcp', 0],
  ['sloppy_sctp', 0],
  ['pmtu_disc', 1],
  ['schedule_icmp', 0],
  ['secure_tcp', 0],
  ['nat_icmp_send', 0],
  ['cache_bypass', 0],
  ['lblc_expiration', 86_400],
  ['lblcr_expiration', 86_400],
];

/** Seconds: longer than most episodes, or shorter than what connections live, which then extend their templates. */
const PERSISTENCES = [3605, 102] as const;

function serviceOptions(random: Random, { family, protocol, persistent, calls }: RandomService): string {
  const scheduler = random.pick(SCHEDULERS);
  const mask = random.oneIn(2) ? '' : family === 'inet' ? ' -M 255.255.255.0' : ' -M 64';
  const flags =
    scheduler === 'sh' || scheduler === 'mh' ? random.pick(['', '', ' -b flag-1', ' -b flag-1,flag-2']) : '';
  const isPersistent = persistent === true || (calls === true && !random.oneIn(4)) || random.oneIn(5);
  const engine = calls === true && !random.oneIn(6) ? ' --pe sip' : '';
  return [
    `-s ${scheduler}${flags}`,
    isPersistent ? ` -p ${random.pick(PERSISTENCES)}${mask}${engine}` : '',
    protocol === 'udp' && random.oneIn(5) ? ' -o' : '',
  ].join('');
}

function destination(
  random: Random,
  service: RandomService,
  { method, whose }: { method: Method; whose: Whose },
): { id: string; options: string } {
  const family = method === '-i' && random.oneIn(5) ? (service.family === 'inet' ? 'inet6' : 'inet') : service.family;
  const translates = method === '-m' || method === '--full-nat';
  const isOwn = (whose === 'local' || (whose === 'own' && translates)) && random.oneIn(3);
  const address = isOwn ? OWN[family].server : random.pick(SERVERS[family]);
  const port = translates ? random.pick(service.serverPorts) : (service.serverPorts[0] ?? 0);
  const thresholds = random.oneIn(6) ? ` -x ${1 + random.below(4)} -y ${random.below(3)}` : '';
  const tunnel = method === '-i' ? random.pick(TUNNELS) : '';
  const least = whose === 'sharing' && !random.oneIn(6) ? 1 : 0;
  const weight = service.origin === undefined ? least + random.below(4 - least) : random.pick([0, 0, 0, 1]);
  return {
    id: family === 'inet' ? `${address}:${port}` : `[${address}]:${port}`,
    options: `${method}${tunnel} -w ${weight}${thresholds}`,
  };
}

const TUNNELS = [
  '',
  '',
  ' --tun-type gre',
  ' --tun-type gre --tun-csum',
  ' --tun-type gue --tun-port 6080 --tun-nocsum',
  ' --tun-type gue --tun-port 6080 --tun-csum',
] as const;
