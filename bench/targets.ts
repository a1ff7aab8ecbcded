import type { MeasureFacts, TargetResult } from './result.ts';

interface Target {
  measure: string;
  candidate: string;
  base: string;
  wanted: number;
}

/** What Weir shall reach; see `pairedRatio` for how a ratio is made. */
const TARGETS: readonly Target[] = [
  ...['upload', 'connections', 'requests'].map((measure) => ({
    measure,
    candidate: 'weir-tc',
    base: 'nftables',
    wanted: 1,
  })),
  { measure: 'upload', candidate: 'weir-tc', base: 'haproxy', wanted: 1.5 },
];

/** The targets with what was found; those whose candidates took no part are left out. */
export function judgeTargets(measures: readonly MeasureFacts[]): TargetResult[] {
  return TARGETS.flatMap(({ measure, candidate, base, wanted }) => {
    const facts = measures.find(({ name }) => name === measure);
    if (facts?.results[candidate] === undefined || facts.results[base] === undefined) return [];
    const found = facts.results[candidate].ratios[base];
    const text = `${candidate} against ${base}, ${facts.title}`;
    return [{ text, wanted, ...(found === undefined ? {} : { found }) }];
  });
}
