/** A tick of the programs' clock: 2^20 ns (bpf/abi.h). */
const NANOSECONDS_PER_TICK = 1_048_576;

export function secondsToTicks(seconds: number): number {
  return Math.round((seconds * 1e9) / NANOSECONDS_PER_TICK);
}

export function ticksToSeconds(ticks: number): number {
  return Math.round((ticks * NANOSECONDS_PER_TICK) / 1e9);
}

export function ticksToMilliseconds(ticks: number): number {
  return (ticks * NANOSECONDS_PER_TICK) / 1e6;
}

/** WEIR_CLOCK_SLACK of bpf/abi.h. */
const SLACK = 65_536;

/** Ticks since `seen`, both wrapping at 2^32: entry_idle of bpf/connection/connection.h. A tick a little ahead of `now` is now. */
export function ticksIdle(seen: number, now: number): number {
  const idle = (now - seen) >>> 0;
  return idle < 2 ** 32 - SLACK ? idle : 0;
}

/** The programs' clock now, in nanoseconds: the monotonic clock, which `process.hrtime` reads too, plus what the settings add. */
export function nanosecondsNow(clockAhead: bigint): bigint {
  return process.hrtime.bigint() + clockAhead;
}

/** The same in ticks. */
export function ticksNow(clockAhead: bigint): number {
  return Number((nanosecondsNow(clockAhead) >> 20n) & 0xffffffffn);
}
