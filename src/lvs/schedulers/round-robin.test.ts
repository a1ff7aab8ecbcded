import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate, Scheduler } from './scheduler.ts';
import { startRr } from './rr.ts';
import { candidate, candidates, packetFrom } from '../../../test/support/candidates.ts';
import { startWrr, wrrChanged, wrrStart } from './wrr.ts';

const PACKET = packetFrom('203.0.113.1');

function picks(scheduler: Scheduler<Candidate>, list: readonly Candidate[], count: number): string[] {
  return Array.from({ length: count }, () => {
    const choice = scheduler.schedule(list, PACKET);
    return choice.destination?.address.split('.').at(-1) ?? choice.why ?? '';
  });
}

/** A scheduler whose list has grown one by one, as with `ipvsadm -a`; the last of `weights` is added last. */
function grown(weights: readonly number[]) {
  const scheduler = startWrr<Candidate>([]);
  let list: Candidate[] = [];
  for (const [index, weight] of weights.entries()) {
    list = [candidate(`10.0.0.${index + 1}`, { weight }), ...list];
    scheduler.added?.(list);
  }
  return { scheduler, list };
}

describe('rr', () => {
  it('walks from the one added last and starts again', () => {
    expect(picks(startRr(), candidates(1, 1, 1), 5)).toEqual(['1', '2', '3', '1', '2']);
  });

  it('goes back by one when the one it stands on is deleted', () => {
    const list = candidates(1, 1, 1);
    const scheduler = startRr<Candidate>();
    picks(scheduler, list, 2);
    const rest = [list[0]!, list[2]!];

    scheduler.deleted?.(rest, list[1]!, list);

    expect(picks(scheduler, rest, 2)).toEqual(['3', '1']);
  });

  it('passes over weight zero and overload, and says why there is none', () => {
    const list = [
      candidate('10.0.0.1', { weight: 0 }),
      candidate('10.0.0.2'),
      candidate('10.0.0.3', { overloaded: true }),
    ];
    expect(picks(startRr(), list, 2)).toEqual(['2', '2']);
    expect(picks(startRr(), [list[0]!], 1)).toEqual(['all-weights-zero']);
    expect(picks(startRr(), [list[2]!], 1)).toEqual(['all-overloaded']);
    expect(picks(startRr(), [], 1)).toEqual(['no-destination']);
  });

  it('gives everyone the same over whole rounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 5 }), (count, rounds) => {
        const chosen = picks(startRr(), candidates(...Array.from({ length: count }, () => 1)), count * rounds);
        const each = tally(chosen);
        return each.size === count && [...each.values()].every((times) => times === rounds);
      }),
    );
  });
});

describe('wrr', () => {
  it('starts with what the additions have left, as a real table does', () => {
    const { scheduler, list } = grown([1, 2, 3]);
    expect(picks(scheduler, list, 9).join(' ')).toBe('3 2 1 3 3 2 3 2 1');
  });

  it('clamps and rounds the current weight on every change', () => {
    const start = wrrStart([]);
    expect(start).toEqual({ position: -1, currentWeight: 0, maxWeight: 0, step: 1 });
    expect(wrrChanged(start, [10])).toEqual({ position: -1, currentWeight: 1, maxWeight: 1, step: 10 });
    expect(wrrChanged({ ...start, currentWeight: 7 }, [4, 8])).toMatchObject({
      currentWeight: 5,
      maxWeight: 5,
      step: 4,
    });
    expect(wrrChanged({ ...start, currentWeight: 3 }, [5, 3])).toMatchObject({
      currentWeight: 3,
      maxWeight: 5,
      step: 1,
    });
  });

  it('gives exactly the weights over a cycle, wherever it starts', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(weights, fc.nat(50), (list, skipped) => {
        fc.pre(list.some((weight) => weight > 0));
        const { scheduler, list: destinations } = grown(list);
        picks(scheduler, destinations, skipped);
        const divisor = list.reduce((a, b) => (b === 0 ? a : greatest(a, b)), 0);
        const cycle = list.reduce((sum, weight) => sum + weight, 0) / divisor;
        const chosen = tally(picks(scheduler, destinations, cycle));
        return list.every((weight, index) => (chosen.get(String(index + 1)) ?? 0) === weight / divisor);
      }),
    );
  });

  it('ends at once when all are overloaded, however large the weights are', () => {
    const list = [
      candidate('10.0.0.1', { weight: 2_147_483_647, overloaded: true }),
      candidate('10.0.0.2', { weight: 1 }),
    ];
    const scheduler = startWrr(list);
    expect(picks(scheduler, list, 2)).toEqual(['2', '2']);
    expect(picks(scheduler, [list[0]!], 1)).toEqual(['all-overloaded']);
  });
});

function greatest(a: number, b: number): number {
  return b === 0 ? a : greatest(b, a % b);
}

/** How often each name occurs. */
function tally(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
