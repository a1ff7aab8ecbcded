import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { logTo, type LogLine } from '../../../../test/support/director.ts';
import type { Interface } from '../../../kernel/interfaces.ts';
import { FaultCounts } from '../../faults.ts';
import { InterfaceWatch } from './interface-watch.ts';

const QUIET = { changed: false, overrun: false };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A watch over interfaces that are as a test says; `told` is what the kernel says next. */
function watchOver(read: () => Promise<Interface[]>) {
  const faults = new FaultCounts();
  const log: LogLine[] = [];
  const seen = { told: QUIET, followed: 0, inspected: 0, fails: false };
  const watch = new InterfaceWatch({
    monitor: {
      read: () => {
        const { told } = seen;
        seen.told = QUIET;
        return told;
      },
      close: () => undefined,
    },
    read,
    follow: () => void seen.followed++,
    fails: () => seen.fails,
    inspections: {
      pins: () => {
        if (seen.fails) throw new Error('read-only');
      },
      programs: () => void seen.inspected++,
    },
    faults,
    log: logTo(log),
  });
  watch.start();
  return { seen, faults, log };
}

test('interfaces are read when the kernel has said something, and hooks are inspected every second', async () => {
  const { seen } = watchOver(() => Promise.resolve([]));
  await vi.advanceTimersByTimeAsync(2000);
  expect(seen).toMatchObject({ followed: 0, inspected: 2 });
  seen.told = { changed: true, overrun: false };
  await vi.advanceTimersByTimeAsync(200);
  expect(seen).toMatchObject({ followed: 1 });
});

test('an overrun is counted, said, and answered by reading everything', async () => {
  const { seen, faults, log } = watchOver(() => Promise.resolve([]));
  seen.told = { changed: true, overrun: true };
  await vi.advanceTimersByTimeAsync(200);
  expect(faults.list()).toEqual([{ fault: 'netlink-overrun', count: 1 }]);
  expect(log.map(({ level }) => level)).toEqual(['warn']);
  expect(seen.followed).toBe(1);
});

test('a reading that fails is made up for by the next one', async () => {
  let works = false;
  const { seen, faults, log } = watchOver(() => (works ? Promise.resolve([]) : Promise.reject(new Error('no fork'))));
  seen.told = { changed: true, overrun: false };
  await vi.advanceTimersByTimeAsync(200);
  expect(seen.followed).toBe(0);
  expect(faults.list()).toEqual([{ fault: 'work-failed', count: 1 }]);
  await vi.advanceTimersByTimeAsync(800);
  expect(faults.list()).toEqual([{ fault: 'work-failed', count: 1 }]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(faults.list()).toEqual([{ fault: 'work-failed', count: 3 }]);
  expect(log.map(({ level }) => level)).toEqual(['error']);
  works = true;
  await vi.advanceTimersByTimeAsync(1200);
  expect(seen.followed).toBe(1);
});

test('an inspection that fails keeps no other from being made, and is said once', async () => {
  const { seen, faults, log } = watchOver(() => Promise.resolve([]));
  seen.fails = true;
  await vi.advanceTimersByTimeAsync(3000);
  expect(seen.inspected).toBe(3);
  expect(faults.list()).toEqual([{ fault: 'work-failed', count: 3 }]);
  expect(log.map(({ message }) => message)).toEqual([
    'looking after pins failed: it is done again when its time comes',
  ]);
});

test('what has failed at an interface is tried again every second', async () => {
  const { seen } = watchOver(() => Promise.resolve([]));
  seen.fails = true;
  await vi.advanceTimersByTimeAsync(3000);
  expect(seen.followed).toBe(3);
});
