import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../src/base/error.ts';
import { unmountBelow } from '../src/kernel/mounts.ts';
import { deleteNamespaces, namespaceNames, processesInside } from '../src/kernel/namespace.ts';
import { endProcesses, isAbandoned, markProcess, nameMark } from '../src/kernel/process.ts';

/** Beside the namespaces, and gone with them when the machine restarts. */
const FOLDER = '/run/weir-bench';
const GRACE = 3_000;

/** One run of the benchmark; the names of its namespaces begin with `prefix`. */
export interface BenchRun {
  prefix: string;
  folder: string;
}

/** Claims names by this process's number and start time, so that runs stand side by side and left-overs can be told. */
export function openRun(): BenchRun {
  const claimed = runOf(nameMark(markProcess(process.pid)!));
  mkdirSync(claimed.folder, { recursive: true });
  return claimed;
}

/** Removes what runs left whose processes were killed. */
export async function removeLeftOvers(): Promise<void> {
  if (!existsSync(FOLDER)) return;
  for (const id of readdirSync(FOLDER)) {
    if (isAbandoned(id, '')) await removeRun(runOf(id));
  }
}

/**
 * Removes everything of a run: programs, mounts, namespaces, files. Works from any state.
 * @throws WeirError LAB_FAILED with the processes that could not be ended
 */
export async function removeRun({ prefix, folder }: BenchRun): Promise<void> {
  const names = namespaceNames().filter((name) => name.startsWith(`${prefix}-`));
  const survivors = await endProcesses(processesInside(names), GRACE);
  await unmountBelow(folder);
  await deleteNamespaces(names);
  if (survivors.length > 0) {
    throw new WeirError('LAB_FAILED', `processes of the benchmark do not end: ${survivors.join(', ')}`, {
      where: folder,
    });
  }
  rmSync(folder, { recursive: true, force: true });
}

function runOf(id: string): BenchRun {
  return { prefix: `weir-bench-${id}`, folder: join(FOLDER, id) };
}
