import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '../../src/base/error.ts';
import { furnish, type FarEnds } from '../far-ends.ts';
import { Generator } from '../frames/generator.ts';
import { requests } from '../frames/traffic.ts';
import { loadAverage } from '../machine.ts';
import type { World } from '../suite.ts';
import { number } from '../text.ts';
import { missingTools } from '../tools.ts';
import { buildTrio, planTrio } from '../trio.ts';
import { letInFrames, PORT, type LiveCandidate } from './candidates.ts';
import type { LiveResult, LiveSample } from './result.ts';

/** Connections that the frames belong to: enough to be no single one, few enough for everybody's table. */
export const FLOWS = 1000;
/** Frames between two looks at Ctrl-C. */
const AT_ONCE = 500_000;

interface Path {
  candidate: LiveCandidate;
  far: FarEnds;
  generator: Generator;
}

/** Samples by name of candidate, one a round, and the load after each. Those whose programs are missing are left out. */
export async function takeRounds(
  chosen: readonly LiveCandidate[],
  { rounds, packets }: { rounds: number; packets: number },
  world: World,
): Promise<{ samples: LiveResult['samples']; load: number[] }> {
  const { say } = world;
  const paths: Path[] = [];
  const samples: LiveResult['samples'] = {};
  const load: number[] = [];
  try {
    for (const candidate of chosen) {
      if (missingTools(candidate.tools) !== undefined) continue;
      say(`building ${candidate.name}`);
      paths.push(await open(candidate, world));
    }
    // Round 0 warms up.
    for (let round = 0; round <= rounds; round++) {
      for (const path of paths) {
        const sample = await take(path, packets, world);
        say(progress(round, path.candidate.name, sample));
        if (round > 0) (samples[path.candidate.name] ??= []).push(sample);
      }
      if (round > 0) load.push(loadAverage());
    }
    return { samples, load };
  } finally {
    for (const { far, generator } of paths) {
      generator.close();
      far.close();
    }
  }
}

async function open(candidate: LiveCandidate, { own, root, signal }: World): Promise<Path> {
  signal.throwIfAborted();
  const trio = planTrio(own.prefix, own.folder, candidate.name);
  await buildTrio(trio, candidate.hook === 'xdp');
  const far = await furnish(trio, candidate.hook, candidate.swallowedAt ?? 'server');
  await letInFrames(trio);
  await candidate.start(trio, root);
  const generator = new Generator(trio.client, far.client);
  const path = { candidate, far, generator };
  for (const flags of candidate.opening) await generator.send(planOf(path, flags), FLOWS);
  const { sent, arrived } = await count(path, FLOWS);
  if (arrived < sent * 0.9) {
    generator.close();
    far.close();
    throw new WeirError('LAB_FAILED', `${candidate.name} does not forward`, {
      expected: `${sent} packets at the server`,
      found: String(arrived),
    });
  }
  return path;
}

function planOf({ candidate, far }: Path, flags: string) {
  const ends = { director: far.ingress.mac, client: far.client.mac };
  return { ...requests(ends, PORT, flags, { flows: FLOWS, first: 0, order: 'in-turn' }, candidate.address) };
}

async function take(path: Path, packets: number, { signal }: World): Promise<LiveSample> {
  const sum = { sent: 0, arrived: 0, seconds: 0, cpuSeconds: 0 };
  for (let left = packets; left > 0; left -= AT_ONCE) {
    signal.throwIfAborted();
    const part = await count(path, Math.min(left, AT_ONCE));
    for (const key of ['sent', 'arrived', 'seconds', 'cpuSeconds'] as const) sum[key] += part[key];
  }
  return sum;
}

/** Sends, waits until nothing is on the way any more, and counts what has arrived. */
async function count(path: Path, packets: number): Promise<LiveSample> {
  const before = path.far.sunk();
  const sending = await path.generator.send(planOf(path, 'A'), packets);
  for (let seen = -1; seen !== path.far.sunk();) {
    seen = path.far.sunk();
    await sleep(2);
  }
  return { ...sending, arrived: path.far.sunk() - before };
}

function progress(round: number, name: string, { sent, arrived, seconds, cpuSeconds }: LiveSample): string {
  const when = round === 0 ? 'warm-up' : String(round);
  const lost = arrived >= sent ? '' : `  ! ${number(sent - arrived, 0)} lost`;
  const rate = number(arrived / seconds / 1e6, 2);
  return `${when.padEnd(8)} ${name.padEnd(12)} ${rate} million packets/s  ${number((cpuSeconds / sent) * 1e9, 0)} ns${lost}`;
}
