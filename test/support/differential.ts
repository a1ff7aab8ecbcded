import type { EbpfStage } from '../../src/engine/compliance/ebpf/stage.ts';
import { compareRows, connRows } from '../../src/engine/compliance/printed-table.ts';
import type { ServiceStatistics } from '../../src/engine/engine.ts';
import type { Connection } from '../../src/lvs/live-connection.ts';
import { endpointText, matchKey } from '../../src/lvs/service.ts';
import type { Signals } from '../../src/lvs/signals.ts';
import type { Verdict } from '../../src/lvs/verdict.ts';
import { fromHex, toHex } from '../../src/net/bytes.ts';
import {
  asksFromFewPorts,
  castOf,
  type Method,
  smallCast,
  type Whose,
} from '../../src/engine/compliance/random/cast.ts';
import type { Random } from '../../src/engine/compliance/random/random.ts';
import { DEFAULT_VALUES, randomChange, randomRules, randomSetting } from '../../src/engine/compliance/random/rules.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import { mutated } from '../../src/engine/compliance/kernel/random/mutate.ts';
import { rareArrival } from '../../src/engine/compliance/random/rare.ts';
import type { Arriving } from '../../src/engine/compliance/random/frame.ts';
import { randomArrivals } from '../../src/engine/compliance/random/traffic.ts';
import { ToldEvents } from './told-events.ts';

/** One step of an episode, as a file of test/differential has it. */
export type Step =
  | { packet: string; arrives: Arriving['arrives'] }
  | { ipvsadm: string }
  | { sysctl: [name: string, value: number] }
  /** Seconds. */
  | { wait: number };

/** How frames go through the programs: what differs from the specification's verdict, '' if nothing does. */
export type Exchange = (arrives: string, frame: Uint8Array, specified: Verdict) => string;

/**
 * Seconds. Timeouts and persistence last whole ones: a few waits, at least one, never lead to the very end of anything, where a few
 * milliseconds that one side is late would decide.
 */
const WAITS = [7, 7, 14, 49, 70, 119, 322, 910].map((seconds) => seconds + 0.382);
/** Longer than any timeout, so that an episode begins without connections. */
const REST = 7_700;
/** So short that there are few waits. */
export const EPISODE_PACKETS = 50;

const CONNECTIONS = '-L -n -c --persistent-conn';

/** Where every episode begins. */
const PROLOGUE: readonly Step[] = [
  { ipvsadm: '-C' },
  ...DEFAULT_VALUES.map((sysctl): Step => ({ sysctl })),
  { ipvsadm: '--set 900 120 300' },
  { wait: REST },
  // The first round of the sweeper ends the connections. One that runs by itself while the clock is moved finds some of them there
  // still and gives their templates another minute: the second ends those. The third forgets the real servers.
  { wait: REST },
  { wait: REST },
];

/** Plays steps on specification and programs side by side. */
export class Player {
  readonly #stage: EbpfStage;
  readonly #exchange: Exchange;
  readonly #before: (arrives: string, frame: Uint8Array) => Promise<string>;
  /** Packets between two looks at connections and counters. */
  readonly #lookEvery: number;
  #last = performance.now();
  #packets = 0;
  readonly #events: ToldEvents;

  /** @param before what differs before a packet comes, '' if nothing does */
  constructor(
    stage: EbpfStage,
    exchange: Exchange,
    lookEvery: number,
    before: (arrives: string, frame: Uint8Array) => Promise<string> = async () => '',
  ) {
    this.#before = before;
    this.#stage = stage;
    this.#events = new ToldEvents(stage);
    this.#exchange = exchange;
    this.#lookEvery = lookEvery;
  }

  /** @returns how specification and programs differ after the step, '' if they do not */
  async play(step: Step): Promise<string> {
    this.synchronise();
    if ('wait' in step) await this.#stage.wait(step.wait * 1000);
    else if ('sysctl' in step) await this.#stage.sysctl(...step.sysctl);
    else if ('ipvsadm' in step) await this.#command(step.ipvsadm);
    else return await this.#packet(step.arrives, fromHex(step.packet));
    return '';
  }

  /** From the beginning. @returns the first difference, with a look at the tables at the end */
  async playAll(steps: readonly Step[]): Promise<string> {
    await this.begin();
    for (const step of steps) {
      const found = await this.play(step);
      if (found !== '') return found;
    }
    return await this.look();
  }

  /** Connections, their states and times, and counters. */
  async look(): Promise<string> {
    this.synchronise();
    const expected = connRows((await this.#stage.specifiedIpvsadm(CONNECTIONS)).stdout);
    const rows = compareRows(expected, connRows((await this.#stage.ipvsadm(CONNECTIONS)).stdout), 2);
    const [want, have] = [
      statisticsText(await this.#stage.engine.statistics()),
      statisticsText(await this.#stage.forwarding.statistics()),
    ];
    return [
      ...rows,
      ...(await this.#eventsDiffer()),
      ...(want === have ? [] : [`statistics: expected\n${want}\nfound\n${have}`]),
    ].join('\n');
  }

  /** What has been told of connections; and what programs drop, the specification drops for the same reason. */
  async #eventsDiffer(): Promise<string[]> {
    const { specified, found } = await this.#events.take();
    const [want, have] = [specified, found].map((lines) => lines.filter(isAboutConnection).join('\n'));
    const reasons = new Set(specified.map(reasonLine));
    const drops = found.filter((line) => !isAboutConnection(line) && !reasons.has(reasonLine(line)));
    return [
      ...(want === have ? [] : [`events: expected\n${want}\nfound\n${have}`]),
      ...drops.map((line) => `event that the specification does not tell: ${line}`),
    ];
  }

  async connections(): Promise<Connection[]> {
    const connections: Connection[] = [];
    for await (const connection of this.#stage.engine.connections()) connections.push(connection);
    return connections;
  }

  /** Begins anew where no connection is left. */
  async begin(): Promise<void> {
    for (const step of PROLOGUE) await this.play(step);
    await this.#events.take();
    this.#packets = 0;
  }

  /** One of ipvsadm, or of Weir's own rules. */
  async #command(line: string): Promise<void> {
    if (/^source|--full-nat/.test(line)) await this.#stage.rule(line);
    else await this.#stage.ipvsadm(line, this.#packets > 0);
  }

  async #packet(arrives: string, frame: Uint8Array): Promise<string> {
    const early = await this.#before(arrives, frame);
    if (early !== '') return early;
    this.synchronise();
    const verdict = this.#stage.specified(arrives, frame);
    const different = this.#exchange(arrives, frame, verdict);
    if (different !== '') return `${different}\n${JSON.stringify(verdict.decisions)}`;
    return ++this.#packets % this.#lookEvery === 0 ? await this.look() : '';
  }

  /**
   * The programs' clock runs by itself, and is set back: time passes by waits alone. So what ends at the same moment does so on both sides,
   * however long the steps in between took.
   */
  synchronise(): void {
    const now = performance.now();
    this.#stage.takeBack(now - this.#last);
    this.#last = now;
  }
}

const METHODS: readonly Method[] = ['-m', '-m', '-g', '-i', '--full-nat'];

/** One random episode: its steps up to the first difference, and that. */
export async function playEpisode(
  player: Player,
  random: Random,
  methods: readonly Method[] = METHODS,
  wanted: Whose = 'others',
): Promise<{ steps: Step[]; difference: string }> {
  const steps: Step[] = [];
  const method: Method = random.pick(methods);
  const whose = wanted === 'others' && method === '-m' && random.oneIn(2) ? 'sharing' : wanted;
  const isSmall = random.oneIn(3);
  const cast = isSmall ? smallCast(random, 'programs', method, whose) : castOf(random, 'programs', method, whose);
  const changeOneIn = random.pick([14, 14, 4]);
  const play = async (step: Step): Promise<string> => {
    steps.push(step);
    return await player.play(step);
  };
  await player.begin();
  if (random.oneIn(3)) await play({ sysctl: randomSetting(random) });
  if (random.oneIn(2)) await play({ sysctl: ['cache_bypass', 1] });
  if (random.oneIn(3)) await play({ sysctl: ['schedule_icmp', 1] });
  for (const line of randomRules(random, cast)) await play({ ipvsadm: line });
  for (let packets = 0; packets < EPISODE_PACKETS;) {
    if (random.oneIn(asksFromFewPorts(cast) ? 16 : 8)) await play({ wait: random.pick(WAITS) });
    if (random.oneIn(changeOneIn)) await play({ ipvsadm: randomChange(random, cast) });
    const known = await player.connections();
    const isRare = whose === 'others' && random.oneIn(6);
    const arrivals = isRare ? [rareArrival(random, cast, known)] : randomArrivals(random, cast, known);
    for (const { arrives, frame: sound } of arrivals) {
      // Of two faults at once, one of them in hop-by-hop options, stack and programs look at another first.
      const isPlain = !isRare && arrivals.length === 1 && sound[20] !== IP_PROTOCOL.hopByHop;
      const isMutated = whose === 'others' && isPlain && random.oneIn(10);
      const frame = isMutated ? mutated(random, sound, 'kept') : sound;
      packets++;
      const difference = await play({ packet: toHex(frame), arrives });
      if (difference !== '') return { steps, difference };
    }
  }
  return { steps, difference: await player.look() };
}

/** What was read of the packet is another matter: of one that came in pieces the programs know the whole, the specification the last. */
function reasonLine(line: string): string {
  return line.split(' ', 2).join(' ');
}

function isAboutConnection(line: string): boolean {
  return !line.startsWith('dropped');
}

function statisticsText(services: readonly ServiceStatistics[]): string {
  return services
    .flatMap(({ match, counters, destinations }) => [
      `${matchKey(match)} ${counterText(counters)}`,
      ...destinations.map(
        (each) =>
          `  ${endpointText(each.id)} ${each.active}/${each.inactive}/${each.persistent} ${counterText(each.counters)} ${signalText(each.signals)}`,
      ),
    ])
    .join('\n');
}

/** Without times: the clocks of the two sides differ. */
function signalText({ answerTimes: { counts }, ...signals }: Signals): string {
  return `${JSON.stringify(signals)} timed ${counts.reduce((sum, count) => sum + count, 0)}`;
}

function counterText(counters: ServiceStatistics['counters']): string {
  return Object.entries(counters)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(' ');
}
