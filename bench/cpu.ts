import koffi, { type KoffiFunc } from 'koffi';
import { readFileSync } from 'node:fs';
import { kernelError, lastErrno } from '../src/kernel/libbpf.ts';

/** USER_HZ, in which /proc counts time on every architecture that Debian has. */
const TICKS_A_SECOND = 100;

/**
 * Seconds that the processors of the machine have worked since it started: user, nice, system, irq and softirq of the first line
 * of /proc/stat (proc(5)). Idle, waiting for disks and stolen time are not work.
 */
export function busySeconds(stat: string = readFileSync('/proc/stat', 'latin1')): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (stat.split('\n')[0] ?? '')
    .replace(/^cpu +/, '')
    .split(' ')
    .map(Number);
  return (user + nice + system + irq + softirq) / TICKS_A_SECOND;
}

const CLOCK_THREAD_CPUTIME_ID = 3;
let clockGettime: KoffiFunc<(clock: number, time: Buffer) => number> | undefined;

/**
 * Seconds of processor time of this thread: clock_gettime(2). What the kernel does for others in between, on the same processor in
 * interrupts, is part of it; what other programs do is not.
 */
export function threadSeconds(): number {
  clockGettime ??= koffi.load('libc.so.6').func('int clock_gettime(int clock, void *time)');
  const time = Buffer.alloc(16);
  if (clockGettime(CLOCK_THREAD_CPUTIME_ID, time) < 0) throw kernelError(lastErrno(), 'read the clock of this thread');
  return Number(time.readBigInt64LE(0)) + Number(time.readBigInt64LE(8)) / 1e9;
}
