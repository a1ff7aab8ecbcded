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

const MEMORY =
  'what the floor gains by being short: with few instructions a packet the processor looks up the next connection while it waits for the memory of this one. The floor with 400 instructions more, which do nothing, takes nearly what Weir takes';

/** Why a target is missed, where it is known. */
const WHY: Readonly<Record<string, string>> = {
  'dr 1': 'a connection alone waits for no memory: all that is seen is what the floor lacks',
  'dr 100000': MEMORY,
  'tun 1':
    'the floor writes no outer header: to make room for one and to take it away again before the next packet is nearly half of what Weir takes more',
  'tun 100000': `as with one flow, and ${MEMORY}`,
  'tun 900000': `as with one flow, and ${MEMORY}`,
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
