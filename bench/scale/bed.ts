import { DEFAULT_CONNECTIONS, DEFAULT_REAL_SERVERS } from '../../src/engine/options.ts';
import { WeirError } from '../../src/base/error.ts';
import { visitNamespace } from '../../src/kernel/visit-namespace.ts';
import { requests } from '../frames/traffic.ts';
import { buildBed, type Bed } from '../packet/bed.ts';
import { XDP, type Harness } from '../packet/harness.ts';
import type { World } from '../suite.ts';

export const PORT = 80;
/** Packets of one call: short, so that it lies within one round of looking after neighbours. */
const ESTABLISHED = 200_000;
const FRESH = 20_000;

export interface Size {
  name: string;
  /** Connections that are there. */
  flows: number;
  rules: readonly string[];
  rounds: number;
  /** How many there must be room for. */
  realServers?: number;
}

/** A director with so many connections, all of them made by packets. */
export async function openSize(size: Size, harness: Harness, world: World): Promise<Bed> {
  const room = size.flows + FRESH * (size.rounds + 1);
  const connections = Math.max(DEFAULT_CONNECTIONS, Math.ceil(room * 0.625));
  const { rules, realServers = DEFAULT_REAL_SERVERS } = size;
  const options = { root: world.root, connections, realServers, rules, port: PORT };
  const bed = await buildBed(size.name, options, world);
  try {
    for (const flags of ['S', 'A'])
      await run(bed, harness, flags, { flows: size.flows, first: 0, order: 'in-turn' }, size.flows);
    return bed;
  } catch (error) {
    bed.close();
    throw error;
  }
}

/** Nanoseconds a packet of connections that are there, in any order. */
export async function takeEstablished(bed: Bed, harness: Harness, { flows }: Size): Promise<number> {
  return await run(bed, harness, 'A', { flows, first: 0, order: 'at-random' }, ESTABLISHED);
}

/** Nanoseconds a packet that starts a connection. */
export async function takeFresh(bed: Bed, harness: Harness, { flows }: Size, round: number): Promise<number> {
  return await run(bed, harness, 'S', { flows: FRESH, first: flows + round * FRESH, order: 'in-turn' }, FRESH);
}

/**
 * A real server that nothing was sent to for a second gets its next packet through the stack, which a test run does not reach: then the
 * program passes it on, which costs as much.
 */
const FORWARDED: readonly number[] = [XDP.tx, XDP.redirect, XDP.pass];

async function run(
  { trio, far, program }: Bed,
  harness: Harness,
  flags: string,
  choice: Parameters<typeof requests>[3],
  packets: number,
): Promise<number> {
  const plan = requests({ director: far.ingress.mac, client: far.client.mac }, PORT, flags, choice);
  const { nanoseconds, verdict } = await visitNamespace(trio.director, () =>
    harness.run(program, plan, packets, far.ingress.index),
  );
  if (FORWARDED.includes(verdict)) return nanoseconds;
  throw new WeirError('LAB_FAILED', 'a packet was dropped', { where: trio.director });
}
