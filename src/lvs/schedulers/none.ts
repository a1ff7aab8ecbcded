import type { Candidate, Scheduler } from './scheduler.ts';

/** `-s none`: nothing is ever scheduled (ip_vs_ctl.c; recorded in nat-scheduler-none). */
export function startNone<D extends Candidate>(): Scheduler<D> {
  return { schedule: () => ({ why: 'scheduler-none' }) };
}
