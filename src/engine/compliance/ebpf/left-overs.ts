import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unmountBelow } from '../../../kernel/mounts.ts';
import { deleteNamespaces, namespaceNames } from '../../../kernel/namespace.ts';
import { isAbandoned, markProcess, nameMark } from '../../../kernel/process.ts';

const PREFIX = 'weir-bed-';

/** What the namespaces and the folder of one bed are called: by the process that makes it, so that they are known when it is killed. */
export function bedName(): string {
  return `${PREFIX}${nameMark(markProcess(process.pid)!)}-${randomBytes(4).toString('hex')}`;
}

/** Where the director of a bed has its files and pins. */
export function bedFolder(name: string): string {
  return join(tmpdir(), name);
}

let removed: Promise<void> | undefined;

/** Removes, once in the life of this process, what killed ones left: programs and maps stay in the kernel as long as their pins. */
export function removeLeftOvers(): Promise<void> {
  removed ??= removeAll();
  return removed;
}

async function removeAll(): Promise<void> {
  const abandoned = (name: string): boolean => isAbandoned(name, PREFIX);
  await deleteNamespaces(namespaceNames().filter(abandoned));
  for (const name of readdirSync(tmpdir()).filter(abandoned)) {
    const folder = bedFolder(name);
    await unmountBelow(folder);
    // Another process may have been faster.
    rmSync(folder, { recursive: true, force: true });
  }
}
