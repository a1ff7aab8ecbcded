import { number } from './text.ts';

/** A figure that Weir is to reach, and what was found. */
export interface TargetResult {
  text: string;
  wanted: number;
  /** Whether more is better, or less; `least` where it does not say. */
  kind?: 'least' | 'most';
  /** Absent where it could not be computed. */
  found?: number;
  /** Between these the middle half of the rounds lies: what the median is worth. */
  middle?: [number, number];
  /** Why it is missed, as far as is known. */
  why?: string;
}

export function isReached({ wanted, found, kind = 'least' }: TargetResult): boolean {
  if (found === undefined) return false;
  return kind === 'least' ? found >= wanted : found <= wanted;
}

/**
 * A figure that is held against a target, with two places: rounded to the side of missing it, so that what misses it does not
 * look as if it had reached it.
 */
export function targetFigure({ found, kind = 'least' }: Pick<TargetResult, 'found' | 'kind'>): string {
  if (found === undefined) return 'not measured';
  const rounded = kind === 'least' ? Math.floor(found * 100) / 100 : Math.ceil(found * 100) / 100;
  return number(rounded, 2);
}

/** The verdicts as lines for a terminal. */
export function targetLines(targets: readonly TargetResult[]): string[] {
  return targets.map((target) => {
    const wanted = `wanted ${target.kind === 'most' ? 'at most' : 'at least'} ${number(target.wanted, 2)}`;
    return `${isReached(target) ? 'reached' : 'MISSED '}  ${target.text}: ${targetFigure(target)}, ${wanted}`;
  });
}

/** The verdicts as a table of a document. */
export function targetTable(targets: readonly TargetResult[]): string {
  const lines = targets.map((target) => {
    const { text, wanted, kind, middle, why } = target;
    const spread = (middle ?? []).map((value) => number(value, 2)).join(' - ');
    const verdict = isReached(target) ? 'reached' : `missed${why === undefined ? '' : `: ${why}`}`;
    const bound = `${kind === 'most' ? '<= ' : '>= '}${number(wanted, 2)}`;
    return `| ${text} | ${bound} | ${targetFigure(target)} | ${spread} | ${verdict} |`;
  });
  return ['| | wanted | found | half of the rounds | |', '|---|---:|---:|---:|---|', ...lines].join('\n');
}
