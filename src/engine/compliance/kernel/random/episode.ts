import { toHex } from '../../../../net/bytes.ts';
import { IP_PROTOCOL } from '../../../../net/ip-protocol.ts';
import type { Connection } from '../../../../lvs/live-connection.ts';
import { IPV6_HEADER, readPacket } from '../../../../lvs/packet.ts';
import { portsAt } from '../../../../lvs/transport.ts';
import type { WireInput, WireRecording } from '../../recording.ts';
import { Random } from '../../random/random.ts';
import {
  MARKS,
  randomChange,
  randomRules,
  randomSetting,
  SERVICES,
  SURROUNDINGS,
  type Method,
} from '../../random/rules.ts';
import { randomArrivals } from '../../random/traffic.ts';
import { Stage } from '../../stage.ts';
import { mutated } from './mutate.ts';
import { ETHERNET_HEADER } from '../../../../net/ethernet.ts';

/** What is played: a recording of which nothing is known yet but what goes in. */
export type Play = Omit<WireRecording, 'out' | 'connections' | 'stats' | 'loads' | 'until'>;

/** Packets of an episode. */
const PACKETS = 50;
/** Milliseconds between two packets while an episode is made up: about what they take where it is played. */
const PACE = 40;
const METHODS: readonly Method[] = ['-m', '-m', '-g', '-i'];

/** Settings that an episode may have beside those that are random everywhere. */
const FURTHER: readonly (readonly [name: string, value: number])[] = [
  ['cache_bypass', 1],
  ['schedule_icmp', 1],
];

/** Rules, settings, packets and changes made up from a number; the same for the same number. */
export async function randomEpisode(seed: number): Promise<Play> {
  const random = new Random(seed);
  const method = random.pick(METHODS);
  const sysctls = Object.fromEntries([
    ...(random.oneIn(2) ? [randomSetting(random), randomSetting(random), randomSetting(random)] : []),
    ...FURTHER.filter(() => random.oneIn(3)),
  ]) as Record<string, number>;
  const stage = new Stage({ surroundings: SURROUNDINGS, marks: MARKS, sysctls });
  const config: string[] = [];
  for (const line of randomRules(random, method)) {
    const { exit } = await stage.ipvsadm(line);
    if (exit === 0) config.push(line);
  }
  const steps = await randomSteps(stage, random, method);
  const { interfaces: ifaces, sysctls: own = {}, routes, neighbours, deliveredMarks } = SURROUNDINGS;
  return {
    name: `random-${seed}`,
    note: `made up from the number ${seed}`,
    config,
    sysctls,
    marks: [...MARKS],
    topology: {
      ifaces,
      routes: [...routes],
      neighbours: [...neighbours],
      sysctls: Object.fromEntries(Object.entries(own).map(([name, value]) => [name, Number(value)])),
      deliveredMarks: [...(deliveredMarks ?? [])],
    },
    in: steps,
  };
}

/** Packets and changes; servers answer what the specification has given to them. */
async function randomSteps(stage: Stage, random: Random, method: Method): Promise<WireInput[]> {
  const steps: WireInput[] = [];
  for (let packets = 0; packets < PACKETS;) {
    await stage.wait(PACE);
    if (random.oneIn(14)) {
      const line = countingChange(random, method);
      const { exit } = await stage.ipvsadm(line);
      steps.push({ ipvsadm: line, exit });
    }
    if (random.oneIn(40)) {
      const sysctl = randomSetting(random);
      await stage.sysctl(...sysctl);
      steps.push({ sysctl });
    }
    const arrivals = randomArrivals(random, method, await connectionsOf(stage));
    if (arrivals.some(({ frame }) => isCutOtherwise(frame))) continue;
    for (const { arrives, frame: sound } of arrivals) {
      const frame = random.oneIn(10) ? mutated(random, sound) : sound;
      packets++;
      stage.receive(arrives, frame);
      steps.push({ iface: arrives, hex: toHex(frame) });
    }
  }
  return steps;
}

/** Zeroing is left out: the kernel zeroes what it last summed up (docs/limits.md). */
function countingChange(random: Random, method: Method): string {
  for (;;) {
    const line = randomChange(random, method);
    if (!line.startsWith('-Z')) return line;
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

/** Ports of the services of calls and their real servers. */
const CALLS: ReadonlySet<number> = new Set(
  SERVICES.filter(({ calls }) => calls === true).flatMap(({ ports, serverPorts }) => [...ports, ...serverPorts]),
);

async function connectionsOf({ engine }: Stage): Promise<Connection[]> {
  const connections: Connection[] = [];
  for await (const connection of engine.connections()) connections.push(connection);
  return connections;
}
