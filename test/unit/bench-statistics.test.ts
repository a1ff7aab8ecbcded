import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { median, pairedRatio, quartiles, summarise } from '../../bench/statistics.ts';

describe('the median', () => {
  test('is the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  test('is the mean of the two middle ones where there is no middle', () => {
    expect(median([4, 1, 3, 10])).toBe(3.5);
  });

  test('does not exist for nothing', () => {
    expect(median([])).toBeNaN();
  });

  test('leaves half on either side and its input as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const before = [...values];
        const middle = median(values);
        expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
        expect(values).toEqual(before);
      }),
    );
  });
});

describe('a summary', () => {
  test('leaves out runs that failed', () => {
    expect(summarise([3, null, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
  });

  test('does not exist where every run failed', () => {
    expect(summarise([null, null])).toBeUndefined();
  });
});

test('quartiles hold the middle half', () => {
  expect(quartiles([8, 1, 7, 2, 6, 3, 5, 4])).toEqual([3, 6]);
  expect(quartiles([5])).toEqual([5, 5]);
});

describe('a ratio of pairs', () => {
  test('compares within each round, so that a slow moment of the machine falls on both', () => {
    expect(pairedRatio([10, 2, 12], [5, 1, 6])).toBe(2);
  });

  test('is the median of the quotients, not the quotient of the medians', () => {
    expect(pairedRatio([2, 8, 9], [1, 2, 9])).toBe(2);
  });

  test('leaves out rounds in which either failed', () => {
    expect(pairedRatio([10, null, 30, 5], [5, 7, null, 1])).toBe(3.5);
  });

  test('does not exist where no round has both', () => {
    expect(pairedRatio([null, 2], [1, null])).toBeUndefined();
    expect(pairedRatio([1], [])).toBeUndefined();
    expect(pairedRatio([1], [0])).toBeUndefined();
  });

  test('does not change when a round runs on a machine half as fast', () => {
    const round = fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1000 }));
    fc.assert(
      fc.property(fc.array(round, { minLength: 1 }), fc.nat(), (rounds, which) => {
        const slowed = rounds.map(([a, b], index): [number, number] =>
          index === which % rounds.length ? [a / 2, b / 2] : [a, b],
        );
        const ratio = (pairs: [number, number][]) =>
          pairedRatio(
            pairs.map(([a]) => a),
            pairs.map(([, b]) => b),
          );
        expect(ratio(slowed)).toBeCloseTo(ratio(rounds)!);
      }),
    );
  });
});
