import { describe, expect, test } from 'vitest';
import { compareRows, connRows } from '../../src/engine/compliance/printed-table.ts';
import { TWO_SIDES } from '../../src/engine/compliance/recorded-topology.ts';
import type { PlayedHook } from '../../src/engine/compliance/ebpf/rig.ts';
import { type EbpfStage, onStage } from '../../src/engine/compliance/ebpf/stage.ts';
import type { ServiceStatistics } from '../../src/engine/engine.ts';
import type { Connection } from '../../src/lvs/live-connection.ts';
import { type DestinationId, type ServiceMatch, endpointText, matchKey } from '../../src/lvs/service.ts';
import { toHex } from '../../src/net/bytes.ts';
import { frameTexts } from '../support/frame-texts.ts';
import { Random } from '../support/random.ts';
import { type Method, randomChange, randomReply, randomRequest, randomRules } from '../support/random-traffic.ts';

/**
 * The specification and the loaded programs side by side: the same random rules, packets, changes and times. After every packet
 * the frames that left must be equal, after every few the connections, their states and times, and the counters.
 *
 * WEIR_FUZZ_PACKETS and WEIR_FUZZ_SEED choose another size and another beginning.
 */
const PACKETS = Number(process.env['WEIR_FUZZ_PACKETS'] ?? 2000);
const SEED = Number(process.env['WEIR_FUZZ_SEED'] ?? 1);
/** Short, so that the real time which passes meanwhile never decides whether a connection is over. */
const EPISODE = 50;
const LOOK_EVERY = 5;
/** Seconds: multiples of 7, which no sum of them takes to the end of a timeout used here. */
const WAITS = [0, 7, 7, 14, 49, 70, 119, 322, 910] as const;
/** Longer than any timeout, so that an episode begins without connections. */
const REST = 7_700;

describe.each(['tc', 'xdp'] as const)('the programs on %s do what the specification does', (hook) => {
  test(`with ${PACKETS} random packets`, async () => {
    expect(await fuzz(hook, PACKETS, SEED)).toBe('');
  }, 600_000);
});

/** @returns the first difference and the steps that lead to it; nothing if there is none */
async function fuzz(hook: PlayedHook, packets: number, seed: number): Promise<string> {
  return await onStage({ surroundings: TWO_SIDES, hook }, async (stage) => {
    for (let episode = 0; episode * EPISODE < packets; episode++) {
      const found = await new Episode(stage, new Random(seed * 100_003 + episode)).play();
      if (found !== '') return `seed ${seed}, episode ${episode}\n${found}`;
    }
    return '';
  });
}

class Episode {
  readonly #stage: EbpfStage;
  readonly #random: Random;
  readonly #method: Method;
  readonly #log: string[] = [];
  /** Destinations that were deleted once: the kernel keeps their counters for two minutes without a connection, Weir does not. */
  readonly #deleted = new Set<string>();
  #last = performance.now();

  constructor(stage: EbpfStage, random: Random) {
    this.#stage = stage;
    this.#random = random;
    this.#method = random.pick(['-m', '-g', '-i', '--full-nat']);
  }

  async play(): Promise<string> {
    await this.#command('-C');
    await this.#command('--set 900 120 300');
    await this.#wait(REST);
    for (const line of randomRules(this.#random, this.#method)) await this.#command(line);
    for (let step = 1; step <= EPISODE; step++) {
      if (this.#random.oneIn(6)) await this.#wait(this.#random.pick(WAITS));
      if (this.#random.oneIn(12)) await this.#command(randomChange(this.#random, this.#method));
      const found = await this.#step(step);
      if (found !== '') return [...this.#log, found].join('\n');
    }
    return '';
  }

  async #step(step: number): Promise<string> {
    const different = await this.#packet();
    return different === '' && step % LOOK_EVERY === 0 ? await this.#look() : different;
  }

  async #packet(): Promise<string> {
    const { arrives, frame } = this.#random.oneIn(3)
      ? randomReply(this.#random, await this.#connections())
      : randomRequest(this.#random, this.#method);
    this.#log.push(`${arrives} ${toHex(frame)}`);
    await this.#synchronise();
    const { action, reason, frames } = this.#stage.specified(arrives, frame);
    const found = frameTexts(this.#stage.forwarded(arrives, frame), action, arrives);
    const expected = frameTexts(frames, action, arrives);
    return expected === found ? '' : `frames (${reason}): expected\n${expected}\nfound\n${found}`;
  }

  async #look(): Promise<string> {
    await this.#synchronise();
    const expected = connRows((await this.#stage.specifiedIpvsadm('-L -n -c')).stdout);
    const rows = compareRows(expected, connRows((await this.#stage.ipvsadm('-L -n -c')).stdout));
    const [specified, counted] = [await this.#stage.engine.statistics(), await this.#stage.forwarding.statistics()];
    const [want, have] = [this.#statisticsText(specified), this.#statisticsText(counted)];
    return [...rows, ...(want === have ? [] : [`statistics: expected\n${want}\nfound\n${have}`])].join('\n');
  }

  async #command(line: string): Promise<void> {
    this.#log.push(`ipvsadm ${line}`);
    if (/^-[dDC]/.test(line)) await this.#noteDeleted(/-r (\S+)/.exec(line)?.[1]);
    await this.#synchronise();
    if (/^(set|source) |--full-nat/.test(line)) await this.#stage.rule(line);
    else await this.#stage.ipvsadm(line);
  }

  /** Takes the destinations of this address and port, or all, for deleted, whatever their service. */
  async #noteDeleted(endpoint: string | undefined): Promise<void> {
    for (const { match, destinations } of await this.#stage.engine.statistics())
      for (const { id } of destinations)
        if (endpoint === undefined || endpointText(id) === endpoint) this.#deleted.add(destinationText(match, id));
  }

  #statisticsText(services: readonly ServiceStatistics[]): string {
    return services
      .flatMap(({ match, counters, destinations }) => [
        `${JSON.stringify(match)} ${text(counters)}`,
        ...destinations.map((each) => {
          const name = destinationText(match, each.id);
          return `  ${name} ${each.active}/${each.inactive} ${this.#deleted.has(name) ? '' : text(each.counters)}`;
        }),
      ])
      .join('\n');
  }

  async #wait(seconds: number): Promise<void> {
    this.#log.push(`wait ${seconds}`);
    await this.#stage.wait(seconds * 1000);
  }

  /** The programs' clock runs by itself; the specification's follows. */
  async #synchronise(): Promise<void> {
    const now = performance.now();
    await this.#stage.catchUp(now - this.#last);
    this.#last = now;
  }

  async #connections(): Promise<Connection[]> {
    const connections: Connection[] = [];
    for await (const connection of this.#stage.engine.connections()) connections.push(connection);
    return connections;
  }
}

function destinationText(match: ServiceMatch, id: DestinationId): string {
  return `${matchKey(match)} -> ${endpointText(id)}`;
}

function text(counters: ServiceStatistics['counters']): string {
  return Object.entries(counters)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(' ');
}
