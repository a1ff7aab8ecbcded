import { WeirError } from '../base/error.ts';
import { lastErrno, libbpf } from './libbpf.ts';

/** Numbers of <time.h>. */
const CLOCK = { realtime: 0, tai: 11 } as const;

/**
 * Seconds that CLOCK_TAI is ahead of universal time: the leap seconds, if somebody has told the kernel of them, else 0.
 * @throws WeirError KERNEL_CALL_FAILED
 */
export function secondsTaiIsAhead(): number {
  const apart = nanoseconds(CLOCK.tai) - nanoseconds(CLOCK.realtime);
  return Number((apart + 500_000_000n) / 1_000_000_000n);
}

function nanoseconds(clock: number): bigint {
  const time = Buffer.alloc(16);
  if (libbpf().clock_gettime(clock, time) === 0)
    return time.readBigInt64LE(0) * 1_000_000_000n + time.readBigInt64LE(8);
  throw new WeirError('KERNEL_CALL_FAILED', `the clock ${clock} cannot be read`, { found: `errno ${lastErrno()}` });
}
