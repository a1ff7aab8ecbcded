import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Foreground } from './foreground.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

it('is busy from the arrival of a request to its end', () => {
  const foreground = new Foreground();
  expect(foreground.isBusy).toBe(false);
  foreground.expect();
  expect(foreground.isBusy).toBe(true);
  foreground.begin();
  expect(foreground.isBusy).toBe(true);
  foreground.end();
  expect(foreground.isBusy).toBe(false);
});

it('is busy until the last of several requests has ended', () => {
  const foreground = new Foreground();
  foreground.begin();
  foreground.begin();
  foreground.end();
  expect(foreground.isBusy).toBe(true);
  foreground.end();
  expect(foreground.isBusy).toBe(false);
});

it('waits for no request that takes long', () => {
  const foreground = new Foreground();
  foreground.begin();
  vi.advanceTimersByTime(19);
  expect(foreground.isBusy).toBe(true);
  vi.advanceTimersByTime(1);
  expect(foreground.isBusy).toBe(false);
});
