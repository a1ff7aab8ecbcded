import { WeirError } from '../../base/error.ts';

/** How a run over recordings goes, whatever they are played on. */
export interface Sum {
  passed: number;
  failed: number;
  skipped: number;
}

/** `N passed, N failed`, and what was skipped if anything was. */
export function sumText({ passed, failed, skipped }: Sum): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/**
 * The items one after another, until a Ctrl-C: then the one in progress is played to its end, so that its namespaces are removed,
 * and what is left counts as a failure.
 */
export function* untilInterrupted<Item>(items: readonly Item[], sum?: Sum): Generator<Item> {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  for (const item of items) {
    if (controller.signal.aborted) {
      console.log('interrupted: not everything was played');
      if (sum !== undefined) sum.failed++;
      return;
    }
    yield item;
  }
}

/** The items, so many at a time. */
export function batchesOf<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, batch) => items.slice(batch * size, (batch + 1) * size));
}

export function errorText(error: unknown): string {
  if (error instanceof WeirError) return error.describe();
  return error instanceof Error ? error.message : String(error);
}
