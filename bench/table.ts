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

/** With a comma between thousands; '' for none. */
export function number(value: number | undefined, places: number): string {
  return value === undefined
    ? ''
    : value.toLocaleString('en-GB', { minimumFractionDigits: places, maximumFractionDigits: places });
}

/** A ratio that is held against a target: rounded down, so that what misses it does not look as if it had reached it. */
export function targetRatio(ratio: number | undefined): string {
  return ratio === undefined ? 'not measured' : number(Math.floor(ratio * 100) / 100, 2);
}

/** What went wrong in which run: one line a run. */
export function errorLines(measure: MeasureFacts, candidates: readonly CandidateFacts[]): string[] {
  return candidates.flatMap(({ name, title }) =>
    (measure.results[name]?.samples ?? []).flatMap(({ errors }, round) =>
      errors === '' ? [] : [`${title}, ${measure.title}, round ${round + 1}: ${errors}`],
    ),
  );
}

/** Cells as lines for a terminal: the first column to the left, the others to the right. */
export function alignColumns(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
