import type { Candidate } from './candidates/candidate.ts';
import { busySeconds } from '../cpu.ts';
import { loadAverage } from '../machine.ts';
import { takeReading, type Measure } from './measures.ts';
import type { Sample } from './result.ts';
import type { Trio } from '../trio.ts';

export interface Contestant {
  candidate: Candidate;
  trio: Trio;
}

export interface Progress {
  /** 0 is the warm-up. */
  round: number;
  measure: Measure;
  candidate: Candidate;
  sample: Sample;
}

export interface RoundsOptions {
  rounds: number;
  seconds: number;
  signal: AbortSignal;
  report(progress: Progress): void;
}

/** Seconds of each measurement of the warm-up, whose figures are thrown away. */
const WARM_UP = 1;

/** Samples of each candidate, by names of measure and candidate, and the load average after each round. */
export interface Samples {
  of: Record<string, Record<string, Sample[]>>;
  load: number[];
}

/**
 * Measures in rounds: in each, every measure in turn, and for it every candidate in turn, so that what is compared stands as
 * close in time as it can.
 * @throws the signal's reason
 */
export async function runRounds(
  contestants: readonly Contestant[],
  measures: readonly Measure[],
  options: RoundsOptions,
): Promise<Samples> {
  const empty = (): Record<string, Sample[]> =>
    Object.fromEntries(contestants.map(({ candidate }) => [candidate.name, []]));
  const samples: Samples = { of: Object.fromEntries(measures.map(({ name }) => [name, empty()])), load: [] };
  for (let round = 0; round <= options.rounds; round++) {
    for (const measure of measures) {
      for (const { candidate, trio } of contestants) {
        const sample = await takeSample(
          measure,
          candidate,
          trio,
          round === 0 ? WARM_UP : options.seconds,
          options.signal,
        );
        options.report({ round, measure, candidate, sample });
        if (round > 0) samples.of[measure.name]?.[candidate.name]?.push(sample);
      }
    }
    if (round > 0) samples.load.push(loadAverage());
  }
  return samples;
}

async function takeSample(
  measure: Measure,
  { address }: Candidate,
  { client }: Trio,
  seconds: number,
  signal: AbortSignal,
): Promise<Sample> {
  const before = busySeconds();
  const { rate, amount, errors } = await takeReading(measure, { client, address }, seconds, signal);
  signal.throwIfAborted();
  const cpu = rate === null ? null : ((busySeconds() - before) / amount) * measure.per.amount;
  return { rate, cpu, errors };
}
