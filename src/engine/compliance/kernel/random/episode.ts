import { toHex, u16 } from '../../../../net/bytes.ts';
import { checksum } from '../../../../net/checksum.ts';
import { IP_PROTOCOL } from '../../../../net/ip-protocol.ts';
import type { Connection } from '../../../../lvs/live-connection.ts';
import { IPV6_HEADER, readPacket } from '../../../../lvs/packet.ts';
import { portsAt } from '../../../../lvs/transport.ts';
import type { WireInput, WireRecording } from '../../recording.ts';
import { Random } from '../../random/random.ts';
import { asksFromFewPorts, castOf, smallCast, type Cast, type Method, type Whose } from '../../random/cast.ts';
import { isOwnServer } from '../../random/ends.ts';
import type { Arriving } from '../../random/frame.ts';
import { randomChange, randomRules, randomSetting } from '../../random/rules.ts';
import { MARKS, SERVICES, SURROUNDINGS } from '../../random/surroundings.ts';
import { rareArrival } from '../../random/rare.ts';
import { randomArrivals } from '../../random/traffic.ts';
import { Stage } from '../../stage.ts';
import { mutated, otherwiseFramed } from './mutate.ts';
import { ETHERNET_HEADER } from '../../../../net/ethernet.ts';

/** What is played: a recording of which nothing is known yet but what goes in. */
export type Play = Omit<WireRecording, 'out' | 'connections' | 'stats' | 'loads' | 'until'>;

/** Packets of an episode. */
const PACKETS = 50;
/** Milliseconds between two packets while an episode is made up: about what they take where it is played. */
const PACE = 40;
const WHOSE: readonly Whose[] = ['others', 'others', 'others', 'others', 'local', 'own'];
const METHODS: readonly Method[] = ['-m', '-m', '-g', '-i'];

/** Settings that an episode may have beside those that are random everywhere. */
const FURTHER: readonly (readonly [name: string, value: number])[] = [
  ['cache_bypass', 1],
  ['schedule_icmp', 1],
];

/** Every third new connection is refused, once the kernel has looked at its settings. */
const SHEDDING: readonly (readonly [name: string, value: number])[] = [
  ['am_droprate', 3],
  ['drop_packet', 3],
];
/** Milliseconds: the kernel looks once a second (ip_vs_ctl.c, DEFENSE_TIMER_PERIOD). */
const DEFENCE = 1_500;

/** MTUs of the two sides: most often those of Ethernet. */
const MTUS: readonly { eth0: number; eth1: number }[] = [
  { eth0: 1500, eth1: 1500 },
  { eth0: 1500, eth1: 1500 },
  { eth0: 1500, eth1: 1500 },
  { eth0: 1500, eth1: 1400 },
  { eth0: 1400, eth1: 1500 },
  { eth0: 1300, eth1: 1300 },
];

/** What an episode is made up with, beside its number. */
interface Manner {
  cast: Cast;
  /** Timeouts and persistence are of seconds, and some pass. */
  waits: boolean;
  mtus: (typeof MTUS)[number];
}

/** Milliseconds: longer than all that is short, and shorter than what is not, also with what an episode takes by itself. */
const WAIT = 8_000;
/** Of an episode, as time is real where it is played. */
const MOST_WAITS = 2;

/** Rules, settings, packets and changes made up from a number; the same for the same number. */
export async function randomEpisode(seed: number): Promise<Play> {
  const random = new Random(seed);
  const method = random.pick(METHODS);
  const mtus = random.pick(MTUS);
  const whose = random.pick(WHOSE);
  const cast = random.oneIn(2) ? smallCast(random, 'kernel', method, whose) : castOf(random, 'kernel', method, whose);
  const manner: Manner = { cast, waits: random.oneIn(asksFromFewPorts(cast) ? 3 : 6), mtus };
  const interfaces = {
    ...SURROUNDINGS.interfaces,
    eth0: { ...SURROUNDINGS.interfaces['eth0']!, mtu: mtus.eth0 },
    eth1: { ...SURROUNDINGS.interfaces['eth1']!, mtu: mtus.eth1 },
  };
  const sysctls = Object.fromEntries([
    ...(random.oneIn(2) ? [randomSetting(random), randomSetting(random), randomSetting(random)] : []),
    ...FURTHER.filter(() => random.oneIn(3)),
    ...(whose !== 'own' && random.oneIn(8) ? SHEDDING : []),
  ]) as Record<string, number>;
  const stage = new Stage({ surroundings: { ...SURROUNDINGS, interfaces }, marks: MARKS, sysctls });
  const config: string[] = [];
  for (const made of randomRules(random, cast)) {
    const line = manner.waits ? hastened(made) : made;
    const { exit } = await stage.ipvsadm(line);
    if (exit === 0) config.push(line);
  }
  if (manner.waits) config.push(SHORT_TIMEOUTS);
  const begin: WireInput[] = 'drop_packet' in sysctls ? [{ wait: DEFENCE }] : [];
  if (begin.length > 0) await stage.wait(DEFENCE);
  const steps = [...begin, ...(await randomSteps(stage, random, manner))];
  const { sysctls: own = {}, routes, neighbours, deliveredMarks } = SURROUNDINGS;
  return {
    name: `random-${seed}`,
    note: `made up from the number ${seed}`,
    config,
    sysctls,
    marks: [...MARKS],
    topology: {
      ifaces: interfaces,
      routes: [...routes],
      neighbours: [...neighbours],
      sysctls: Object.fromEntries(Object.entries(own).map(([name, value]) => [name, Number(value)])),
      deliveredMarks: [...(deliveredMarks ?? [])],
    },
    in: steps,
  };
}

/** Packets and changes; servers answer what the specification has given to them. */
async function randomSteps(stage: Stage, random: Random, manner: Manner): Promise<WireInput[]> {
  const steps: WireInput[] = [];
  let waits = 0;
  for (let packets = 0; packets < PACKETS;) {
    await stage.wait(PACE);
    if (random.oneIn(14)) {
      const line = countingChange(random, manner);
      const { exit } = await stage.ipvsadm(line);
      steps.push({ ipvsadm: line, exit });
    }
    if (random.oneIn(40)) {
      const sysctl = randomSetting(random);
      await stage.sysctl(...sysctl);
      steps.push({ sysctl });
    }
    if (manner.waits && waits < MOST_WAITS && random.oneIn(20)) {
      waits++;
      await stage.wait(WAIT);
      steps.push({ wait: WAIT });
    }
    const arrivals = arrivalsOf(random, manner, await connectionsOf(stage));
    if (arrivals.some((one) => isCutOtherwise(one.frame) || isTooLong(one, manner) || isOfNoProgram(one))) continue;
    for (const { arrives, frame: sound } of arrivals) {
      const isOwn = arrives === 'lo';
      const bytes = !isOwn && random.oneIn(10) ? mutated(random, sound) : sound;
      const frame = !isOwn && random.oneIn(100) ? otherwiseFramed(random, bytes) : bytes;
      packets++;
      stage.receive(arrives, frame);
      steps.push({ iface: arrives, hex: toHex(frame) });
    }
  }
  return steps;
}

/** Seconds. */
const SHORT_TIMEOUTS = '--set 6 6 6';

/** A rule of an episode that waits: no template comes to its end about when a connection does. */
function hastened(line: string): string {
  return line.replace('-p 102', '-p 3').replace('-p 3605', '-p 12');
}

/** What comes from a real server that is the director itself is the stack's doing. */
function arrivalsOf(random: Random, { cast }: Manner, all: readonly Connection[]): Arriving[] {
  const connections = all.filter(({ destination }) => !isOwnServer(destination.address));
  if (random.oneIn(6)) return [rareArrival(random, cast, connections)];
  return randomArrivals(random, cast, connections);
}

/** Zeroing is left out: the kernel zeroes what it last summed up (docs/limits.md). */
function countingChange(random: Random, { cast, waits }: Manner): string {
  for (;;) {
    const line = randomChange(random, cast);
    if (waits && line.startsWith('--set')) continue;
    if (!line.startsWith('-Z')) return waits ? hastened(line) : line;
  }
}

/**
 * The first fragment of a message that the persistence engine reads, or of what has IPv6 options before its transport header: the kernel cuts
 * such packets anew in other pieces (docs/limits.md).
 */
function isCutOtherwise(frame: Uint8Array): boolean {
  const packet = readPacket(frame.slice(ETHERNET_HEADER));
  if (typeof packet === 'string' || packet.fragment === undefined) return false;
  const { bytes, transport, family, protocol } = packet;
  const ports = protocol === IP_PROTOCOL.udp && packet.fragment.offset === 0 ? portsAt(bytes, transport) : undefined;
  const hasOptions = family === 'inet6' && bytes[IPV6_HEADER] === IP_PROTOCOL.destinationOptions;
  return hasOptions || CALLS.has(ports?.source ?? 0) || CALLS.has(ports?.destination ?? 0);
}

/** What no program sends: of IPv4 the kernel writes length and checksum itself, and it sends no fragment. */
function isOfNoProgram({ arrives, frame }: Arriving): boolean {
  if (arrives !== 'lo') return false;
  const packet = readPacket(frame.slice(ETHERNET_HEADER));
  if (typeof packet === 'string' || packet.fragment !== undefined) return true;
  const { bytes, family, transport } = packet;
  if (family === 'inet6') return u16(bytes, 4) + IPV6_HEADER !== bytes.length;
  return u16(bytes, 2) !== bytes.length || checksum(bytes, 0, transport) !== 0;
}

/** What no cable of that MTU brings. */
function isTooLong({ arrives, frame }: Arriving, { mtus }: Manner): boolean {
  return arrives !== 'lo' && frame.length > mtus[arrives] + ETHERNET_HEADER;
}

/** Ports of the services of calls and their real servers. */
const CALLS: ReadonlySet<number> = new Set(
  SERVICES.filter(({ calls }) => calls === true).flatMap(({ ports, serverPorts }) => [...ports, ...serverPorts]),
);

async function connectionsOf({ engine }: Stage): Promise<Connection[]> {
  const connections: Connection[] = [];
  for await (const connection of engine.connections()) connections.push(connection);
  return connections;
}
