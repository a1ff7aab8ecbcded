import { expect, test } from 'vitest';
import { Arena, blockCapacity } from './arena.ts';

test('blocks are powers of two, at least four slots', () => {
  expect([0, 1, 4, 5, 8, 9, 4096].map(blockCapacity)).toEqual([4, 4, 4, 8, 8, 16, 4096]);
});

test('blocks do not overlap', () => {
  const arena = new Arena(64, 1000);
  const blocks = [3, 9, 4].map((length) => arena.allocate(length, 0));
  expect(blocks).toEqual([
    { first: 0, capacity: 4 },
    { first: 4, capacity: 16 },
    { first: 20, capacity: 4 },
  ]);
});

test('a block rests for the grace period before it is used again', () => {
  const arena = new Arena(4, 1000);
  const block = arena.allocate(4, 0)!;
  arena.release(block, 100);
  expect(arena.allocate(4, 1099)).toBeUndefined();
  expect(arena.nextWake(1099)).toBe(1);
  expect(arena.allocate(4, 1100)).toEqual(block);
  expect(arena.nextWake(1100)).toBeUndefined();
});

test('slots that were in use at the start are not handed out', () => {
  expect(new Arena(16, 1000, 8).allocate(2, 0)).toEqual({ first: 8, capacity: 4 });
});
