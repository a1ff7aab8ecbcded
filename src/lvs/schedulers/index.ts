import { WeirError } from '../../base/error.ts';
import { startNone } from './none.ts';
import { startRr } from './rr.ts';
import type { Candidate, Scheduler, SchedulerContext, SchedulerStart } from './scheduler.ts';
import { startWrr } from './wrr.ts';

const STARTS: Readonly<Record<string, SchedulerStart>> = {
  rr: startRr,
  wrr: startWrr,
  none: startNone,
};

/** The names `-s` takes. */
export const SCHEDULER_NAMES: ReadonlySet<string> = new Set(Object.keys(STARTS));

/**
 * A scheduler over the destinations a service has now, in walk order.
 * @throws WeirError SCHEDULER_UNKNOWN
 */
export function startScheduler<D extends Candidate>(
  name: string,
  list: readonly D[],
  context: SchedulerContext,
): Scheduler<D> {
  const start = STARTS[name];
  if (start !== undefined) return start(list, context);
  throw new WeirError('SCHEDULER_UNKNOWN', `there is no scheduler '${name}'`, {
    errno: 'ENOENT',
    expected: Object.keys(STARTS).join(', '),
    found: name,
  });
}
