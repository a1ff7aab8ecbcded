import { expect, test } from 'vitest';
import { IndexAllocator } from './index-allocator.ts';

test('hands out the lowest free index first', () => {
  const indices = new IndexAllocator(8, [0, 2, 3]);
  expect([indices.take(), indices.take(), indices.take()].map(({ index }) => index)).toEqual([1, 4, 5]);
});

test('an index that was given back is used again', () => {
  const indices = new IndexAllocator(8);
  indices.take();
  indices.take();
  indices.giveBack(0);
  expect(indices.take()).toEqual({ index: 0, used: true });
  expect(indices.end).toBe(2);
});

test('knows how many are left, and refuses to hand out more', () => {
  const indices = new IndexAllocator(3, [1]);
  expect(indices.left).toBe(2);
  indices.take();
  indices.take();
  expect(indices.left).toBe(0);
  expect(() => indices.take()).toThrow(RangeError);
});

test('tells what nobody has had before, which it knows of new arrays only', () => {
  expect(new IndexAllocator(8, [0], true).take()).toEqual({ index: 1, used: false });
  expect(new IndexAllocator(8, [0], false).take()).toEqual({ index: 1, used: true });
});

test('more indices may be in use already than a call takes arguments', () => {
  const taken = Array.from({ length: 200_000 }, (_, index) => index);
  expect(new IndexAllocator(200_001, taken).end).toBe(200_000);
});
