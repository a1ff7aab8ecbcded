import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startFo } from './fo.ts';
import { startLblc } from './lblc.ts';
import { startLblcr } from './lblcr.ts';
import { startLc } from './lc.ts';
import { overhead } from './load.ts';
import { startNq } from './nq.ts';
import { startOvf } from './ovf.ts';
import { startP2c } from './p2c.ts';
import type { Candidate, Scheduler } from './scheduler.ts';
import { startSed } from './sed.ts';
import { candidate, candidates, packetFrom, schedulerContext } from '../../../test/support/candidates.ts';
import { startTwos } from './twos.ts';
import { startWlc } from './wlc.ts';

const PACKET = packetFrom('203.0.113.1');

function pick(scheduler: Scheduler<Candidate>, list: readonly Candidate[]): string | undefined {
  return scheduler.schedule(list, PACKET).destination?.address.split('.').at(-1);
}

/** Destinations given as [weight, active, inactive]. */
function loaded(...given: readonly (readonly [number, number, number])[]): Candidate[] {
  return given.map(([weight, active, inactive], index) =>
    candidate(`10.0.0.${index + 1}`, { weight, active, inactive }),
  );
}

const LOAD = fc.record({
  weight: fc.nat(2_147_483_647),
  active: fc.nat(100_000),
  inactive: fc.nat(100_000),
  overloaded: fc.boolean(),
});
const LIST = fc
  .array(LOAD, { minLength: 1, maxLength: 8 })
  .map((list) => list.map((given, index) => candidate(`10.0.0.${index + 1}`, given)));

describe('the least-connection schedulers', () => {
  it('count an active connection as 256 inactive ones', () => {
    expect(pick(startLc(), loaded([1, 1, 0], [1, 0, 255]))).toBe('2');
    expect(pick(startLc(), loaded([1, 1, 0], [1, 0, 256]))).toBe('1');
    expect(pick(startWlc(), loaded([1, 1, 0], [3, 2, 0]))).toBe('2');
    expect(pick(startWlc(), loaded([1, 1, 0], [2, 2, 0]))).toBe('1');
  });

  it('sed looks at the delay a new connection would have, nq at idle ones first', () => {
    expect(pick(startSed(), loaded([1, 0, 0], [3, 1, 900]))).toBe('2');
    expect(pick(startNq(), loaded([3, 1, 0], [1, 0, 0]))).toBe('2');
    expect(pick(startNq(), loaded([3, 1, 0], [1, 1, 0]))).toBe('1');
  });

  it('fo takes the heaviest, ovf the heaviest that is not beyond its weight', () => {
    expect(pick(startFo(), loaded([1, 0, 0], [5, 9, 0], [5, 0, 0]))).toBe('2');
    expect(pick(startOvf(), loaded([1, 0, 0], [5, 5, 0]))).toBe('2');
    expect(pick(startOvf(), loaded([1, 0, 0], [5, 6, 0]))).toBe('1');
    expect(startOvf().schedule(loaded([1, 2, 0], [5, 6, 0]), PACKET)).toEqual({ why: 'all-overloaded' });
  });

  it.each([
    ['wlc', startWlc<Candidate>, overhead],
    ['sed', startSed<Candidate>, ({ active }: Candidate) => active + 1],
    ['nq', startNq<Candidate>, ({ active }: Candidate) => (active === 0 ? 0 : active + 1)],
  ] as const)('%s never chooses a strictly worse server', (_name, start, cost) => {
    fc.assert(
      fc.property(LIST, (list) => {
        const { destination } = start().schedule(list, PACKET);
        const usable = list.filter(({ weight, overloaded }) => weight > 0 && !overloaded);
        if (destination === undefined) return usable.length === 0;
        const isWorse = (other: Candidate) =>
          BigInt(cost(destination)) * BigInt(other.weight) > BigInt(cost(other)) * BigInt(destination.weight);
        return usable.includes(destination) && !usable.some(isWorse);
      }),
    );
  });
});

describe('lblc and lblcr', () => {
  it('keep an address at its destination until that is overloaded while another is half idle', () => {
    for (const start of [startLblc<Candidate>, startLblcr<Candidate>]) {
      const scheduler = start([], schedulerContext());
      const [first, second] = [
        { ...candidate('10.0.0.1', { weight: 4 }) },
        { ...candidate('10.0.0.2', { weight: 4 }) },
      ];
      const after = (active: number, other: number) => {
        Object.assign(first, { active });
        Object.assign(second, { active: other });
        return pick(scheduler, [first, second]);
      };
      expect([after(0, 0), after(4, 0), after(5, 2), after(5, 1)]).toEqual(['1', '1', '1', '2']);
    }
  });

  it('forget an address that nobody has asked for during a day', () => {
    let now = 0;
    const scheduler = startLblc<Candidate>([], schedulerContext({ now: () => now }));
    const list = loaded([1, 0, 0], [1, 0, 0]);
    expect(pick(scheduler, list)).toBe('1');
    Object.assign(list[0]!, { active: 1 });
    expect(pick(scheduler, list)).toBe('1');
    now = 25 * 3_600_000;
    expect(pick(scheduler, list)).toBe('2');
  });
});

describe('the schedulers that draw', () => {
  it('twos takes the better of two by weight', () => {
    const context = schedulerContext({ random: () => 1 });
    expect(pick(startTwos([], context), loaded([1, 9, 0], [1, 0, 0]))).toBe('1');
    const marks = [1, 2];
    const both = schedulerContext({ random: () => marks.shift()! });
    expect(pick(startTwos([], both), loaded([1, 9, 0], [1, 0, 0]))).toBe('2');
  });

  it('p2c draws by weight, never one twice, and prefers the shorter delay', () => {
    const list = candidates(1, 3);
    const scheduler = startP2c<Candidate>([], schedulerContext());
    const chosen = Array.from({ length: 400 }, () => pick(scheduler, list));
    expect(chosen.filter((name) => name === '2').length).toBe(400);
    expect(pick(scheduler, loaded([1, 0, 0], [3, 9, 0]))).toBe('1');
    expect(pick(scheduler, loaded([0, 0, 0], [0, 0, 0]))).toBeUndefined();
  });
});
