import { number } from '../text.ts';
import type { CandidateFacts, CandidateResult, MeasureFacts } from './result.ts';

/** The columns of a measure's table, in words; the first is the candidate. */
export function columns({ unit, cpuPer }: MeasureFacts): string[] {
  return ['', unit, 'min - max', 'x nftables', 'x HAProxy', `CPU s / ${cpuPer}`, 'errors'];
}

/** A row for each candidate that took part. */
export function rows(measure: MeasureFacts, candidates: readonly CandidateFacts[]): string[][] {
  return candidates.flatMap(({ name, title }) => {
    const result = measure.results[name];
    return result === undefined ? [] : [[title, ...cells(result, measure.places)]];
  });
}

function cells({ summary, cpu, ratios, samples }: CandidateResult, places: number): string[] {
  const errors = samples.filter((sample) => sample.errors !== '').length;
  const said = errors === 0 ? '' : `in ${errors} of ${samples.length} runs`;
  if (summary === undefined) return ['failed', '', '', '', '', said];
  const range = `${number(summary.least, places)} - ${number(summary.most, places)}`;
  const ratio = (base: string): string => number(ratios[base], 2);
  return [number(summary.median, places), range, ratio('nftables'), ratio('haproxy'), number(cpu, 2), said];
}

/** What went wrong in which run: one line a run. */
export function errorLines(measure: MeasureFacts, candidates: readonly CandidateFacts[]): string[] {
  return candidates.flatMap(({ name, title }) =>
    (measure.results[name]?.samples ?? []).flatMap(({ errors }, round) =>
      errors === '' ? [] : [`${title}, ${measure.title}, round ${round + 1}: ${errors}`],
    ),
  );
}
