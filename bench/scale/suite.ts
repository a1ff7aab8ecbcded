import { setTimeout as pause } from 'node:timers/promises';
import { connectDirector } from '../../src/daemon/client.ts';
import type { Operation } from '../../src/lvs/operation.ts';
import { DIRECT_TUNNEL, type Destination, type ServiceMatch } from '../../src/lvs/service.ts';
import { commitOf, loadAverage, machineFacts } from '../machine.ts';
import type { Options } from '../options.ts';
import { Harness } from '../packet/harness.ts';
import type { Suite, World } from '../suite.ts';
import { number } from '../text.ts';
import { ADDRESS } from '../trio.ts';
import { socketOf } from '../weir.ts';
import { openSize, PORT, takeEstablished, takeFresh, type Size } from './bed.ts';
import { judgeTargets, scalePlots, scaleSection, scaleTerminal } from './report.ts';
import type { Point, ScaleResult, TableFacts } from './result.ts';
import { measureEntries, measureTable } from './table.ts';

const CONNECTIONS = [1_000, 10_000, 100_000, 1_000_000, 4_000_000];
const SERVERS = [1, 16, 256, 1_024, 4_096];
/** With the service that is there already, all that the engine has room for. */
const TRANSACTION = { services: 16_383, each: 8 };

/** Changes of one weight, and milliseconds between them. */
const WEIGHT_CHANGES = 300;
const PAUSE = 20;

const MEASURES = ['connections', 'servers-rr', 'servers-wlc', 'transaction'] as const;

/** What a packet costs as tables grow, and what the tables cost. */
export const scale: Suite<ScaleResult> = {
  name: 'scale',
  title: 'Scale',
  summary: 'cost of a packet and of a new connection as connections and real servers grow; memory, sweep, transaction',
  candidates: ['weir'],
  measures: MEASURES,
  rounds: 5,
  options: [],
  tools: ['ip', 'ethtool'],
  run: measure,
  terminal: scaleTerminal,
  section: scaleSection,
  plots: scalePlots,
};

async function measure(options: Options, world: World): Promise<ScaleResult> {
  const commit = await commitOf(world.root);
  const machine = await machineFacts(scale.tools);
  const load = { before: loadAverage(), rounds: [] as number[] };
  const harness = new Harness();
  const curves: ScaleResult['curves'] = {};
  let table: TableFacts | undefined;
  let masqueraded: number | undefined;
  const wanted = (name: string): boolean => options.measures?.includes(name) ?? true;
  try {
    if (wanted('connections')) {
      const sizes = CONNECTIONS.map((flows) => ({ at: flows, flows, rules: rules('rr', 1) }));
      ({ points: curves['connections'], table } = await takeCurve('connections', sizes, options, harness, world));
      masqueraded = await takeEntries(harness, world);
    }
    for (const scheduler of ['rr', 'wlc']) {
      const name = `servers-${scheduler}`;
      if (!wanted(name)) continue;
      const sizes = SERVERS.map((count) => ({ at: count, flows: 10_000, rules: rules(scheduler, count) }));
      ({ points: curves[name] } = await takeCurve(name, sizes, options, harness, world));
    }
    const transaction = wanted('transaction') ? await takeTransaction(harness, world) : undefined;
    load.rounds.push(loadAverage());
    const measured = { curves, table, masqueraded, transaction };
    return {
      suite: scale.name,
      date: new Date().toISOString(),
      commit,
      machine,
      rounds: options.rounds,
      load,
      ...measured,
      targets: judgeTargets(measured),
    };
  } finally {
    harness.close();
  }
}

/** Real servers 10.66.0.0/16, all by one next hop. */
function rules(scheduler: string, servers: number): string[] {
  const service = `${ADDRESS.vip}:${PORT}`;
  const reals = Array.from({ length: servers }, (_, i) => (servers === 1 ? ADDRESS.rip : realServer(i)));
  return [`-A -t ${service} -s ${scheduler}`, ...reals.map((real) => `-a -t ${service} -r ${real}:${PORT} -g`)];
}

const realServer = (i: number): string => `10.66.${i >> 8}.${i & 255}`;

/** One size after another, each with all of its rounds: two directors with millions of connections would be in each other's way. */
async function takeCurve(
  name: string,
  sizes: readonly { at: number; flows: number; rules: readonly string[] }[],
  { rounds }: Options,
  harness: Harness,
  world: World,
): Promise<{ points: Point[]; table: TableFacts | undefined }> {
  const points: Point[] = [];
  let table: TableFacts | undefined;
  for (const [place, { at, flows, rules: lines }] of sizes.entries()) {
    const size: Size = { name: `${name}-${at}`, flows, rules: lines, rounds };
    world.say(`building ${name} ${number(at, 0)}`);
    const bed = await openSize(size, harness, world);
    try {
      const point: Point = { at, established: [], fresh: [] };
      for (let round = 0; round <= rounds; round++) {
        world.signal.throwIfAborted();
        const established = await takeEstablished(bed, harness, size);
        const fresh = await takeFresh(bed, harness, size, round);
        world.say(`${round} ${name} ${number(at, 0)}: ${number(established, 0)} ns, new ${number(fresh, 0)} ns`);
        if (round === 0) continue;
        point.established.push(established);
        point.fresh.push(fresh);
      }
      points.push(point);
      if (name === 'connections' && place === sizes.length - 1) table = measureTable(bed.trio, flows, rounds);
    } finally {
      await bed.end();
    }
  }
  return { points, table };
}

/** Entries of a masqueraded connection, of ten thousand of them. */
async function takeEntries(harness: Harness, world: World): Promise<number> {
  const service = `${ADDRESS.vip}:${PORT}`;
  const masquerading = [`-A -t ${service} -s rr`, `-a -t ${service} -r ${ADDRESS.rip}:${PORT} -m`];
  const bed = await openSize({ name: 'masqueraded', flows: 10_000, rules: masquerading, rounds: 1 }, harness, world);
  try {
    return measureEntries(bed.trio);
  } finally {
    await bed.end();
  }
}

function operationsFor(services: number, each: number): Operation[] {
  return Array.from({ length: services }, (_, i): Operation[] => [
    { do: 'add-service', service: { match: match(i), scheduler: 'rr', schedulerFlags: 0, onePacket: false } },
    ...Array.from({ length: each }, (__, j) => ({
      do: 'add-destination' as const,
      match: match(i),
      destination: server(j, 1),
    })),
  ]).flat();
}

function match(i: number): ServiceMatch {
  return { protocol: 'tcp', address: `10.67.${i >> 8}.${i & 255}`, port: PORT };
}

function server(j: number, weight: number): Destination {
  const thresholds = { upperThreshold: 0, lowerThreshold: 0 };
  return { address: realServer(j), port: PORT, method: 'route', weight, ...thresholds, tunnel: DIRECT_TUNNEL };
}

async function takeTransaction(harness: Harness, world: World): Promise<NonNullable<ScaleResult['transaction']>> {
  const { services, each } = TRANSACTION;
  world.say(`building transaction of ${number(services, 0)} services`);
  const bed = await openSize(
    { name: 'transaction', flows: 1, rules: rules('rr', 1), rounds: 1, realServers: services * each + 1 },
    harness,
    world,
  );
  try {
    const client = await connectDirector(socketOf(bed.trio));
    const began = performance.now();
    await client.commit(operationsFor(services, each));
    const seconds = (performance.now() - began) / 1000;
    const weightChanges: number[] = [];
    for (let i = 0; i < WEIGHT_CHANGES; i++) {
      await pause(PAUSE);
      const asked = performance.now();
      await client.commit([
        { do: 'edit-destination', match: match((i * 97) % services), destination: server(0, i % 7) },
      ]);
      weightChanges.push(performance.now() - asked);
    }
    return { services, destinations: services * each, seconds, weightChanges };
  } finally {
    await bed.end();
  }
}
