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
export function* untilInterrupted<Item>(items: readonly Item[], sum: Sum): Generator<Item> {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  for (const item of items) {
    if (controller.signal.aborted) {
      console.log('interrupted: not everything was played');
      sum.failed++;
      return;
    }
    yield item;
  }
}

export function errorText(error: unknown): string {
  if (error instanceof WeirError) return error.describe();
  return error instanceof Error ? error.message : String(error);
}
