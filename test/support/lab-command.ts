import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run, type Outcome, type RunOptions } from '../../src/kernel/process.ts';

/** `weir lab` as it is typed, and what it leaves on the machine. */

export const WEIR = fileURLToPath(new URL('../../bin/weir', import.meta.url));

export const weir = (words: string, options: RunOptions = {}): Promise<Outcome> =>
  run([process.execPath, WEIR, 'lab', ...words.split(' ')], options);

/** Namespaces and folders of a lab. */
export function traces(id: string): string[] {
  const folders = ['/var/run/netns', '/run/weir-lab'].filter(existsSync);
  const names = folders.flatMap((folder) => readdirSync(folder));
  return names.filter((name) => name === id || name.endsWith(`-${id}`) || name.startsWith(`weir-${id}-`));
}

/** Takes down those of these labs that stand. */
export async function removeLabs(...ids: readonly string[]): Promise<void> {
  for (const id of ids) if (traces(id).length > 0) await weir(`down ${id}`);
}

/** A show that a terminal has started: Ctrl-C reaches its whole process group. */
export function show(words: string): { child: ChildProcess; output: () => string; ended: Promise<number | string> } {
  const child = spawn(process.execPath, [WEIR, 'lab', 'show', ...words.split(' ')], { detached: true, stdio: 'pipe' });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | string>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? signal!)),
  );
  return { child, output: () => text, ended };
}

/** @throws Error after 20 s */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
