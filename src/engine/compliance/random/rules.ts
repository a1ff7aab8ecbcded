import type { Random } from './random.ts';
import { servicesFor, TUNNELS, type Cast } from './cast.ts';
import { OWN, SERVERS, type RandomService } from './surroundings.ts';

/** Random rules, changes and settings for a director between clients (eth0) and real servers (eth1). */

/** Few enough for some connections by full NAT to find none free. */
const SOURCES = ['source add 10.2.0.1 5000-5002', 'source add 10.1.0.1 6000-6001'] as const;

/** Those that draw no lots. */
const SCHEDULERS = 'rr wrr rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh none'.split(' ');

export function randomRules(random: Random, cast: Cast): string[] {
  const sources = cast.method === '--full-nat' ? SOURCES : [];
  const services = servicesFor(cast.whose).flatMap((service) => {
    // Nothing but its service makes the director take a packet to others for its own.
    if (service.origin === undefined && isLeftOut(random, service, cast)) return [];
    const servers = [0, 1, 2, 3].slice(random.below(4)).map(() => destination(random, service, cast));
    return [
      `-A ${service.name} ${serviceOptions(random, service, cast)}`,
      ...new Set(servers.map(({ id, options }) => `-a ${service.name} -r ${id} ${options}`)),
    ];
  });
  return [...sources, ...services];
}

function isLeftOut(random: Random, service: RandomService, { whose, isSmall, services }: Cast): boolean {
  if (isSmall) return !services.includes(service);
  return whose !== 'sharing' && random.oneIn(3);
}

/** One change of the rules; it may be one that is refused. */
export function randomChange(random: Random, cast: Cast): string {
  const service = random.pick(cast.services);
  const { id, options } = destination(random, service, cast);
  return random.pick([
    `-a ${service.name} -r ${id} ${options}`,
    `-e ${service.name} -r ${id} ${options}`,
    `-d ${service.name} -r ${id}`,
    `-E ${service.name} ${serviceOptions(random, service, cast)}`,
    `-A ${service.name} ${serviceOptions(random, service, cast)}`,
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

function serviceOptions(
  random: Random,
  { family, protocol, persistent, calls }: RandomService,
  { isSmall }: Cast,
): string {
  const scheduler = random.pick(SCHEDULERS);
  const mask = random.oneIn(2) ? '' : family === 'inet' ? ' -M 255.255.255.0' : ' -M 64';
  const flags =
    scheduler === 'sh' || scheduler === 'mh' ? random.pick(['', '', ' -b flag-1', ' -b flag-1,flag-2']) : '';
  const isPersistent = persistent === true || (calls === true && !random.oneIn(4)) || random.oneIn(isSmall ? 3 : 5);
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
  { method, whose, isSmall, tunnel: wanted }: Cast,
): { id: string; options: string } {
  const family = method === '-i' && random.oneIn(5) ? (service.family === 'inet' ? 'inet6' : 'inet') : service.family;
  const translates = method === '-m' || method === '--full-nat';
  const isOwn = (whose === 'local' || (whose === 'own' && translates)) && random.oneIn(3);
  const address = isOwn ? OWN[family].server : random.pick(SERVERS[family]);
  const port = translates ? random.pick(service.serverPorts) : (service.serverPorts[0] ?? 0);
  const thresholds = random.oneIn(isSmall ? 3 : 6) ? ` -x ${1 + random.below(4)} -y ${random.below(3)}` : '';
  const tunnel = method === '-i' ? (wanted ?? random.pick(TUNNELS)) : '';
  const least = (isSmall || whose === 'sharing') && !random.oneIn(6) ? 1 : 0;
  const weight = service.origin === undefined ? least + random.below(4 - least) : random.pick([0, 0, 0, 1]);
  return {
    id: family === 'inet' ? `${address}:${port}` : `[${address}]:${port}`,
    options: `${method}${tunnel} -w ${weight}${thresholds}`,
  };
}
