import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../src/base/error.ts';
import { deleteNamespaces, processesInside } from '../src/kernel/namespace.ts';
import { endProcesses, isRunning, markProcess, run } from '../src/kernel/process.ts';

/** Beside the namespaces, and gone with them when the machine restarts. */
const FOLDER = '/run/weir-bench';
const NAMESPACES = '/var/run/netns';
const GRACE = 3_000;

/** One run of the benchmark; the names of its namespaces begin with `prefix`. */
export interface BenchRun {
  prefix: string;
  folder: string;
}

/** Claims names by this process's number and start time, so that runs stand side by side and left-overs can be told. */
export function openRun(): BenchRun {
  const { pid, started } = markProcess(process.pid)!;
  const claimed = runOf(`${pid}-${started}`);
  mkdirSync(claimed.folder, { recursive: true });
  return claimed;
}

/** Removes what runs left whose processes were killed. */
export async function removeLeftOvers(): Promise<void> {
  if (!existsSync(FOLDER)) return;
  for (const id of readdirSync(FOLDER)) {
    const [, pid, started] = /^(\d+)-(\d+)$/.exec(id) ?? [];
    if (pid !== undefined && !isRunning({ pid: Number(pid), started: Number(started) })) await removeRun(runOf(id));
  }
}

/**
 * Removes everything of a run: programs, mounts, namespaces, files. Works from any state.
 * @throws WeirError LAB_FAILED with the processes that could not be ended
 */
export async function removeRun({ prefix, folder }: BenchRun): Promise<void> {
  const names = existsSync(NAMESPACES) ? readdirSync(NAMESPACES).filter((name) => name.startsWith(`${prefix}-`)) : [];
  const survivors = await endProcesses(processesInside(names), GRACE);
  for (const path of mountsBelow(folder)) await run(['umount', '--lazy', path]);
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

/** The innermost first. */
function mountsBelow(folder: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();
}
