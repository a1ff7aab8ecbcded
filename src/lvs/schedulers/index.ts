import { WeirError } from '../../base/error.ts';
import type { Candidate, Scheduler, SchedulerContext, SchedulerStart } from './scheduler.ts';
import { startDh } from './dh.ts';
import { startFo } from './fo.ts';
import { startLblc } from './lblc.ts';
import { startLblcr } from './lblcr.ts';
import { startLc } from './lc.ts';
import { startMaglev } from './maglev.ts';
import { startMh } from './mh.ts';
import { startNone } from './none.ts';
import { startNq } from './nq.ts';
import { startOvf } from './ovf.ts';
import { startP2c } from './p2c.ts';
import { startRr } from './rr.ts';
import { startSed } from './sed.ts';
import { startSh } from './sh.ts';
import { startTwos } from './twos.ts';
import { startWlc } from './wlc.ts';
import { startWrr } from './wrr.ts';

/** The fifteen of the kernel, and Weir's own `maglev` and `p2c`. */
const STARTS: Readonly<Record<string, SchedulerStart>> = {
  rr: startRr,
  wrr: startWrr,
  lc: startLc,
  wlc: startWlc,
  lblc: startLblc,
  lblcr: startLblcr,
  dh: startDh,
  sh: startSh,
  sed: startSed,
  nq: startNq,
  fo: startFo,
  ovf: startOvf,
  mh: startMh,
  twos: startTwos,
  none: startNone,
  maglev: startMaglev,
  p2c: startP2c,
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
