import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '../../src/base/error.ts';
import { loadObject } from '../../src/kernel/bpf-object.ts';
import { visitNamespace } from '../../src/kernel/visit-namespace.ts';
import { allTables, openTables } from '../../src/engine/ebpf/maps/tables.ts';
import { DEFAULT_CONNECTIONS } from '../../src/engine/options.ts';
import type { Plan } from '../frames/plan.ts';
import { replies, requests, type Ends } from '../frames/traffic.ts';
import { benchObject } from '../objects.ts';
import type { Options } from '../options.ts';
import type { World } from '../suite.ts';
import { ADDRESS } from '../trio.ts';
import { buildBed, type Bed } from './bed.ts';
import { XDP, type Harness, type HarnessRun } from './harness.ts';
import { isKnown, PORT, RIP_PORT, type PacketMeasure } from './measures.ts';
import { openObject } from './object.ts';

/** Something that is measured: a program, where it runs, and what it gets. */
export interface Contestant {
  name: string;
  program: number;
  bed: Bed;
  plan(round: number): Plan;
  packets: number;
  /** Verdicts that say that it did its work. */
  rightVerdicts: readonly number[];
}

export interface Line {
  measure: PacketMeasure;
  flows: number;
  contestants: Contestant[];
}

/** Everything of one measure, ready to run. */
export interface Lane {
  lines: Line[];
  close(): void;
}

const SENT = [XDP.tx, XDP.redirect];
const PASSED = [XDP.pass];
/** Room in the table beyond what is put into it. */
const ROOM = 1.25;
/** New connections are made of fewer packets: each needs its place in the table. */
export const MOST_FRESH = 100_000;

export const freshPackets = ({ packets }: Options): number => Math.min(packets, MOST_FRESH);

/** Connections that the table has room for: the daemon's default, unless more come. */
export function tableSize({ kind }: PacketMeasure, flows: number, options: Options): number {
  const fresh = freshPackets(options) * (options.rounds + 1);
  return Math.max(DEFAULT_CONNECTIONS, Math.ceil((kind === 'fresh' ? fresh : flows) * ROOM));
}

/**
 * Builds directors and floor for a measure and makes the connections. @param numbers of flows, that share a table
 * @throws WeirError LAB_FAILED if Weir refuses the rules
 */
export async function openLane(
  measure: PacketMeasure,
  numbers: readonly number[],
  options: Options,
  world: World,
  harness: Harness,
): Promise<Lane> {
  const most = Math.max(...numbers);
  const connections = tableSize(measure, most, options);
  const roots = [['weir', world.root], ...options.beside.map((folder) => [basename(folder), `${folder}/`])] as const;
  const open: { close(): void }[] = [];
  const programs: { name: string; program: number; bed: Bed }[] = [];
  try {
    for (const [name = '', root = ''] of roots) {
      const repliesFrom = measure.kind === 'reply' ? RIP_PORT.masquerade : undefined;
      const bedOptions = {
        root,
        connections,
        rules: measure.rules,
        port: PORT.served,
        ...(repliesFrom && { repliesFrom }),
      };
      const bed = await buildBed(`${measure.name}-${most}-${name}`, bedOptions, world);
      open.push(bed);
      programs.push({ name, program: bed.program, bed });
    }
    const bed = programs[0]?.bed;
    if (bed === undefined)
      throw new WeirError('USAGE', '--only leaves no Weir', { expected: 'weir or beside among them' });
    programs.push(...(await foreigners(options, bed, open)));
    const floor = openFloor(measure.kind === 'fresh' ? ENTRIES_OF_FLOOR * connections : entriesOf(bed));
    open.push(floor);
    if (isKnown(measure)) for (const one of programs) await establish(one, most, harness);
    programs.push(
      { name: 'floor', program: floor.program(measure.floor), bed },
      ...(measure.wider === undefined ? [] : [{ name: 'wider', program: floor.program(measure.wider), bed }]),
      { name: 'nothing', program: floor.program('floor_nothing'), bed },
    );
    if (isKnown(measure)) await learn(floor.program('floor_learn'), measure, bed, most, harness);
    const lines = numbers.map((flows) => ({
      measure,
      flows,
      contestants: programs.map((one) => contestant(one, measure, flows, options)),
    }));
    return { lines, close: () => open.forEach((one) => one.close()) };
  } catch (error) {
    for (const one of open) one.close();
    throw error;
  }
}

async function foreigners(
  { object, prog, setup }: Options,
  bed: Bed,
  open: { close(): void }[],
): Promise<{ name: string; program: number; bed: Bed }[]> {
  if (object === undefined || prog === undefined) return [];
  const surroundings = {
    vip: ADDRESS.vip,
    port: PORT.served,
    rip: ADDRESS.rip,
    interfaceIndex: bed.far.ingress.index,
    directorMac: bed.far.ingress.mac,
    clientMac: bed.far.client.mac,
  };
  const opened = await openObject({ object, prog, setup }, surroundings);
  open.push(opened);
  return [{ name: 'object', program: opened.program, bed }];
}

/** What `floor_new` makes of a connection: an entry for each direction. */
const ENTRIES_OF_FLOOR = 2;

/** How many entries the table of a director has room for. */
function entriesOf({ trio }: Bed): number {
  const tables = openTables(join(trio.folder, 'bpf'), { connections: 0, services: 0, destinations: 0 });
  const entries = tables.shards.inet.reduce((sum, { maxEntries }) => sum + maxEntries, 0);
  for (const map of allTables(tables)) map.close();
  return entries;
}

function openFloor(entries: number) {
  return loadObject(benchObject('floor'), { reuse: new Map(), sizes: new Map([['floor_table', entries]]) });
}

const endsOf = ({ far }: Bed): Ends => ({ director: far.ingress.mac, client: far.client.mac });

/** Every flow's SYN, then every flow's ACK. */
async function establish(
  { name, program, bed }: { name: string; program: number; bed: Bed },
  flows: number,
  harness: Harness,
): Promise<void> {
  for (const flags of ['S', 'A']) {
    const plan = requests(endsOf(bed), PORT.served, flags, { flows, first: 0, order: 'in-turn' });
    await runChecked({ name, program, bed, plan: () => plan, packets: flows, rightVerdicts: SENT }, 0, harness);
  }
}

/** Packets of connections that there are. */
function known({ kind }: PacketMeasure, bed: Bed, choice: Pick<Plan, 'flows' | 'first' | 'order'>): Plan {
  const { egress, server } = bed.far;
  if (kind === 'reply') return replies({ director: egress.mac, server: server.mac }, RIP_PORT.masquerade, choice);
  return requests(endsOf(bed), PORT.served, 'A', choice);
}

async function learn(
  program: number,
  measure: PacketMeasure,
  bed: Bed,
  flows: number,
  harness: Harness,
): Promise<void> {
  const plan = known(measure, bed, { flows, first: 0, order: 'in-turn' });
  await runChecked({ name: 'floor', program, bed, plan: () => plan, packets: flows, rightVerdicts: SENT }, 0, harness);
}

function contestant(
  { name, program, bed }: { name: string; program: number; bed: Bed },
  measure: PacketMeasure,
  flows: number,
  options: Options,
): Contestant {
  const ends = endsOf(bed);
  const packets = measure.kind === 'fresh' ? freshPackets(options) : options.packets;
  const sent = name === 'nothing' || measure.kind !== 'pass';
  return {
    name,
    program,
    bed,
    packets,
    rightVerdicts: sent ? SENT : PASSED,
    plan(round) {
      if (measure.kind === 'pass')
        return requests(ends, PORT.free, 'S', { flows: 1, first: 0, order: 'in-turn' }, measure.address);
      if (isKnown(measure)) return known(measure, bed, { flows, first: 0, order: 'at-random' });
      return requests(ends, PORT.served, 'S', { flows: packets, first: round * packets, order: 'in-turn' });
    },
  };
}

/**
 * For about a millisecond of each second packets go to the stack, to see whether the neighbour still lives. Where the last one was among
 * them, so many more are asked, so many milliseconds apart.
 */
const MORE = { packets: 3, apart: 20 } as const;

/**
 * One measurement, in the director's namespace.
 * @returns nanoseconds a packet
 * @throws WeirError LAB_FAILED if the last packet was not treated as the measure has it
 */
export async function runChecked(one: Contestant, round: number, harness: Harness): Promise<number> {
  const { bed, program, packets, rightVerdicts } = one;
  const plan = one.plan(round);
  const arrival = plan.vary === 'target' ? bed.far.egress : bed.far.ingress;
  const run = async (count: number): Promise<HarnessRun> =>
    await visitNamespace(bed.trio.director, () => harness.run(program, plan, count, arrival.index));
  const { nanoseconds, verdict } = await run(packets);
  let last = verdict;
  for (let more = 0; more < MORE.packets && !rightVerdicts.includes(last); more++) {
    await sleep(MORE.apart);
    last = (await run(1)).verdict;
  }
  if (rightVerdicts.includes(last)) return nanoseconds;
  const nameOf = (number: number): string => Object.entries(XDP).find(([, value]) => value === number)?.[0] ?? '';
  throw new WeirError('LAB_FAILED', `${one.name}: a packet was not treated as it should be`, {
    where: bed.trio.director,
    expected: rightVerdicts.map(nameOf).join(' or '),
    found: nameOf(last),
  });
}
