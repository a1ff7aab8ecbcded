import { readFileSync, readlinkSync } from 'node:fs';
import { run } from './process.ts';

/** True where this process has a view of the file system that init does not have: what it mounts ends with the last process that has it. */
export function hasOwnMounts(): boolean {
  try {
    return readlinkSync('/proc/self/ns/mnt') !== readlinkSync('/proc/1/ns/mnt');
  } catch {
    // Who may not ask about init cannot know.
    return false;
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
