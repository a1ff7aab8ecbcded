import { choiceOf } from './load.ts';
import { isUsable, type Candidate, type Scheduler } from './scheduler.ts';

/** Fail over: the greatest weight, of equals the one added last (ip_vs_fo.c; recorded in fo-*). */
export function startFo<D extends Candidate>(): Scheduler<D> {
  return { schedule: (list) => choiceOf(heaviest(list.filter(isUsable)), list) };
}

/** The first with the greatest weight. */
export function heaviest<D extends Candidate>(list: readonly D[]): D | undefined {
  return list.reduce<D | undefined>(
    (most, one) => (most === undefined || one.weight > most.weight ? one : most),
    undefined,
  );
}
