import { WeirError } from '../base/error.ts';
import type { Timeouts } from './operation.ts';
import { isIntegerIn } from './table-range.ts';
import { LONGEST_TIMEOUT } from './table-service.ts';

/**
 * The timeouts after `ipvsadm --set`: 0 leaves a value as it is (recorded in set-timeouts).
 * @throws WeirError TIMEOUT_INVALID if any is out of range; then none is changed
 */
export function mergeTimeouts(old: Timeouts, change: Timeouts): Timeouts {
  for (const name of ['tcp', 'tcpFin', 'udp'] as const) {
    if (isIntegerIn(change[name], 0, LONGEST_TIMEOUT)) continue;
    throw new WeirError('TIMEOUT_INVALID', `the timeout '${name}' is out of range`, {
      errno: 'EINVAL',
      expected: `0 (keep) to ${LONGEST_TIMEOUT} seconds`,
      found: String(change[name]),
    });
  }
  return {
    tcp: change.tcp || old.tcp,
    tcpFin: change.tcpFin || old.tcpFin,
    udp: change.udp || old.udp,
  };
}
