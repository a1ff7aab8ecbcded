import { expect, test } from 'vitest';
import { Arena, blockCapacity } from './arena.ts';

test('blocks are powers of two, at least four slots', () => {
  expect([0, 1, 4, 5, 8, 9, 4096].map((length) => blockCapacity(length))).toEqual([4, 4, 4, 8, 8, 16, 4096]);
});

test('blocks do not overlap, and begin at a multiple of their capacity', () => {
  const arena = new Arena(64, 1000);
  const blocks = [3, 9, 4].map((length) => arena.allocate(length, 0));
  expect(blocks).toEqual([
    { first: 0, capacity: 4 },
    { first: 16, capacity: 16 },
    { first: 4, capacity: 4 },
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
  const arena = new Arena(16, 1000, [{ first: 0, capacity: 8 }]);
  expect(arena.allocate(2, 0)).toEqual({ first: 8, capacity: 4 });
});

test('the gaps between slots that were in use at the start are handed out', () => {
  const arena = new Arena(32, 1000, [
    { first: 28, capacity: 4 },
    { first: 4, capacity: 4 },
  ]);
  const blocks = [4, 8, 8, 4].map((length) => arena.allocate(length, 0)?.first);
  expect(blocks.toSorted((a = -1, b = -1) => a - b)).toEqual([0, 8, 16, 24]);
  expect(arena.allocate(1, 0)).toBeUndefined();
});

test('small blocks that lie side by side become a large one again', () => {
  const arena = new Arena(16, 0);
  const blocks = [4, 4, 4, 4].map((length) => arena.allocate(length, 0)!);
  for (const block of blocks.slice(1).toReversed()) arena.release(block, 0);
  expect(arena.allocate(8, 0)?.capacity).toBe(8);
  expect(arena.allocate(4, 0)?.capacity).toBe(4);
  expect(arena.allocate(4, 0)).toBeUndefined();
});
