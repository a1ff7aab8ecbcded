import { readFileSync, readlinkSync } from 'node:fs';
import { parentOf, run } from './process.ts';

/**
 * True where a process that this one descends from sees other mounts: what this one mounts ends with the last process that has its view
 * (mount_namespaces(7)). Processes that it may not ask about are passed over.
 */
export function hasOwnMounts(): boolean {
  const own = mountsOf(process.pid);
  for (let pid = process.ppid; pid > 0; pid = parentOf(pid) ?? 0) {
    const theirs = mountsOf(pid);
    if (theirs !== undefined && theirs !== own) return true;
  }
  return false;
}

function mountsOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}

/** Unmounts what was mounted in a folder (a bpffs of `weir run` or `weir decap`), the innermost first. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounts.reverse()) await run(['umount', '--lazy', path]);
}
