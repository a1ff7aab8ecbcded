import type { Progress } from './rounds.ts';
import type { Result } from './result.ts';
import { targetLines } from '../target.ts';
import { alignColumns, number } from '../text.ts';
import { columns, errorLines, rows } from './table.ts';

/** One line of progress. */
export function progressLine({ round, measure, candidate, sample }: Progress, rounds: number): string {
  const when = round === 0 ? 'warm-up' : `${round}/${rounds}`;
  const rate = sample.rate === null ? 'failed' : number(sample.rate, measure.places);
  const line = `${when.padEnd(8)} ${measure.name.padEnd(12)} ${candidate.name.padEnd(13)} ${rate.padStart(10)} ${measure.unit}`;
  return sample.errors === '' ? line : `${line}  ! ${sample.errors}`;
}

/** The result as text for a terminal. */
export function terminalReport(result: Result): string {
  const { machine, candidates, measures, targets } = result;
  const took = candidates.filter(({ skipped }) => skipped === undefined);
  return [
    `${machine.processor}, ${machine.processors} processors, ${machine.kernel}`,
    `${result.rounds} rounds of ${result.seconds} s; load average before ${number(result.load.before, 2)}`,
    ...measures.flatMap((measure) => {
      const table = alignColumns([columns(measure), ...rows(measure, took)]);
      return ['', measure.title, ...table, ...errorLines(measure, took).map((line) => `! ${line}`)];
    }),
    '',
    ...candidates.flatMap(({ title, skipped }) => (skipped === undefined ? [] : [`left out: ${title}: ${skipped}`])),
    ...targetLines(targets),
    '',
  ].join('\n');
}
