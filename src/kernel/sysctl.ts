import { readFileSync } from 'node:fs';

/**
 * A sysctl of this network namespace, without the end of its line.
 * @param path with slashes, since names of interfaces may have dots: `net/ipv4/conf/eth0.5/forwarding`
 * @returns undefined where there is none, as of an interface that has just gone
 */
export function readSysctl(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
