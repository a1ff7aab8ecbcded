import { readFileSync } from 'node:fs';

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
