import { readFileSync } from 'node:fs';
import { run } from './process.ts';

/** Unmounts what was mounted in a folder (a bpffs of `weir run` or `weir decap`), the innermost first. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounts.reverse()) await run(['umount', '--lazy', path]);
}
