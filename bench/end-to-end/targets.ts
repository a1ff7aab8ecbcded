import { median, pairedQuotients, quartiles } from '../statistics.ts';
import type { TargetResult } from '../target.ts';
import { number } from '../text.ts';
import type { CandidateResult, MeasureFacts } from './result.ts';

interface Target {
  measure: string;
  candidate: string;
  base: string;
  wanted: number;
}

/** What Weir shall reach; see `pairedRatio` for how a ratio is made. */
const TARGETS: readonly Target[] = [
  { measure: 'upload', candidate: 'weir-tc', base: 'nftables', wanted: 1.05 },
  { measure: 'connections', candidate: 'weir-tc', base: 'nftables', wanted: 1.05 },
  { measure: 'requests', candidate: 'weir-tc', base: 'nftables', wanted: 1 },
  { measure: 'upload', candidate: 'weir-tc', base: 'haproxy', wanted: 1.8 },
  { measure: 'connections', candidate: 'weir-tc', base: 'haproxy', wanted: 1.25 },
  { measure: 'upload', candidate: 'weir-dr', base: 'weir-tc', wanted: 1 },
  { measure: 'connections', candidate: 'weir-dr', base: 'weir-tc', wanted: 1 },
];

/** The targets with what was found; those whose candidates took no part are left out. */
export function judgeTargets(measures: readonly MeasureFacts[]): TargetResult[] {
  return TARGETS.flatMap(({ measure, candidate, base, wanted }) => {
    const facts = measures.find(({ name }) => name === measure);
    if (facts?.results[candidate] === undefined || facts.results[base] === undefined) return [];
    const quotients = pairedQuotients(ratesOf(facts.results[candidate]), ratesOf(facts.results[base]));
    const text = `${candidate} against ${base}, ${facts.title}`;
    if (quotients.length === 0) return [{ text, wanted }];
    const why = ceiling(facts, base);
    return [{ text, wanted, found: median(quotients), middle: quartiles(quotients), ...(why === '' ? {} : { why }) }];
  });
}

/** What the machine gives without any director, beside the base: more than that is not to be had here. */
function ceiling({ results }: MeasureFacts, base: string): string {
  const { direct, [base]: compared } = results;
  if (direct === undefined || compared === undefined) return '';
  const quotients = pairedQuotients(ratesOf(direct), ratesOf(compared));
  if (quotients.length === 0) return '';
  return `routing alone, which rewrites nothing, comes to ${number(median(quotients), 2)}`;
}

const ratesOf = ({ samples }: CandidateResult): (number | null)[] => samples.map(({ rate }) => rate);
