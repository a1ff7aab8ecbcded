import { median, pairedQuotients, quartiles } from '../statistics.ts';
import type { TargetResult } from '../target.ts';
import { number } from '../text.ts';
import { MEASURES } from './measures.ts';
import type { Row } from './result.ts';

interface Target {
  measure: string;
  flows: number;
  wanted: number;
  /** What it is compared with: the floor in the same row, or Weir in the row of another measure. */
  base: 'floor' | { measure: string };
}

const MANY = [100_000, 900_000];

/** Times the base, at most. */
const TARGETS: readonly Target[] = [
  ...['dr', 'tun'].flatMap((measure): Target[] => [
    { measure, flows: 1, wanted: 1.5, base: 'floor' },
    ...MANY.map((flows): Target => ({ measure, flows, wanted: 1.25, base: 'floor' })),
  ]),
  ...[1, ...MANY].map((flows): Target => ({ measure: 'nat', flows, wanted: 1.25, base: { measure: 'dr' } })),
  { measure: 'new-dr', flows: 1, wanted: 2.2, base: 'floor' },
  { measure: 'new-nat', flows: 1, wanted: 2.2, base: 'floor' },
  { measure: 'pass', flows: 1, wanted: 1.5, base: 'floor' },
  { measure: 'pass-vip', flows: 1, wanted: 1.5, base: 'floor' },
];

/** Why a target is missed, where it is known. */
const WHY: Readonly<Record<string, string>> = {
  'dr 1':
    'with one connection nothing waits for memory, and what the floor lacks is all there is to see: checks of header and checksum, addresses of services, clock, state, real server, next hop, counters, 3 to 10 ns each',
  'tun 1': 'as for direct routing, and the floor writes no outer header',
  'pass 1': 'the floor does not ask whether MAC address and addresses are of interest, and counts nothing',
  'pass-vip 1': 'the floor looks for no connection and no service',
};

/** The targets with what was found; those that were not measured are left out. */
export function judgeTargets(rows: readonly Row[]): TargetResult[] {
  return TARGETS.flatMap(({ measure, flows, wanted, base }) => {
    const row = rows.find((one) => one.measure === measure && one.flows === flows);
    const other = base === 'floor' ? row : rows.find((one) => one.measure === base.measure && one.flows === flows);
    const quotients = pairedQuotients(
      row?.samples['weir'] ?? [],
      other?.samples[base === 'floor' ? 'floor' : 'weir'] ?? [],
    );
    if (quotients.length === 0) return [];
    const { title, kind } = MEASURES.find(({ name }) => name === measure)!;
    const text = `${title}${kind === 'established' ? `, ${number(flows, 0)} flows` : ''}, x ${base === 'floor' ? 'floor' : 'DR'}`;
    const why = WHY[`${measure} ${flows}`];
    const found = { found: median(quotients), middle: quartiles(quotients) };
    return [{ text, wanted, kind: 'most' as const, ...found, ...(why !== undefined && { why }) }];
  });
}
