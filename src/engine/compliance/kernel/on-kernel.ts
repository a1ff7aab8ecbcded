import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WeirError } from '../../../base/error.ts';
import { requireIpvs } from './stage.ts';

/** A program that does a list of work on a kernel with IPVS, and where. */
export interface Inside {
  /** A program that runs a command in a virtual machine; undefined: here. */
  vm: string | undefined;
  /** It is given a file with the list as JSON, and prints a line of JSON for each piece of work. */
  script: URL;
  /** What it is given before the file. */
  words?: readonly string[];
}

/**
 * Has work done there.
 * @param told called for each result when its line comes, which may be only when the virtual machine ends
 * @returns what came of each piece of work, in order
 * @throws WeirError LAB_FAILED if not all of it was done; as requireIpvs
 */
export async function onKernel<Result>(
  { vm, script, words = [] }: Inside,
  work: readonly unknown[],
  told: (result: Result) => void = () => {},
): Promise<Result[]> {
  if (work.length === 0) return [];
  if (vm === undefined) await requireIpvs();
  const folder = mkdtempSync(join(tmpdir(), 'weir-work-'));
  try {
    const file = join(folder, 'work.json');
    writeFileSync(file, JSON.stringify(work));
    const place = vm === undefined ? [] : [vm.includes('/') ? resolve(vm) : vm];
    const results: Result[] = [];
    const rest: string[] = [];
    const command = [...place, process.execPath, fileURLToPath(script), ...words, file];
    // What a virtual machine leaves where it is started is gone with the folder.
    const code = await linesOf(command, folder, (line) => {
      if (!line.startsWith('{')) return void rest.push(line);
      const result: Result = JSON.parse(line);
      results.push(result);
      told(result);
    });
    if (code === 0 && results.length === work.length) return results;
    throw new WeirError('LAB_FAILED', `of ${work.length} pieces of work ${results.length} were done`, {
      found: `exit code ${code}: ${rest.join('\n').trim()}`,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a program in a folder to its end. @returns its exit code */
async function linesOf(
  [program = '', ...words]: readonly string[],
  cwd: string,
  told: (line: string) => void,
): Promise<number> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'], cwd });
  const lines = createInterface({ input: child.stdout }).on('line', told);
  const [[code]] = await Promise.all([once(child, 'exit'), once(lines, 'close')]);
  return typeof code === 'number' ? code : 1;
}
