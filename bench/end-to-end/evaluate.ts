import type { Measure } from './measures.ts';
import type { CandidateResult, MeasureFacts, Sample } from './result.ts';
import { pairedRatio, summarise } from '../statistics.ts';

/** Candidates that others are compared with. */
export const BASES = ['nftables', 'haproxy'] as const;

/** A measure with its figures, made of the samples of every candidate, one a round. */
export function evaluate(measure: Measure, samples: Readonly<Record<string, Sample[]>>): MeasureFacts {
  const { name, title, unit, places, per } = measure;
  const results = Object.entries(samples).map(([candidate, own]) => [candidate, resultOf(own, samples)] as const);
  return { name, title, unit, places, cpuPer: per.title, results: Object.fromEntries(results) };
}

function resultOf(own: Sample[], all: Readonly<Record<string, Sample[]>>): CandidateResult {
  const rates = ratesOf(own);
  const summary = summarise(rates);
  const cpu = summarise(own.map((sample) => sample.cpu))?.median;
  const ratios = BASES.flatMap((base) => {
    const ratio = pairedRatio(rates, ratesOf(all[base] ?? []));
    return ratio === undefined ? [] : [[base, ratio] as const];
  });
  return {
    samples: own,
    ...(summary === undefined ? {} : { summary }),
    ...(cpu === undefined ? {} : { cpu }),
    ratios: Object.fromEntries(ratios),
  };
}

const ratesOf = (samples: readonly Sample[]): (number | null)[] => samples.map(({ rate }) => rate);
