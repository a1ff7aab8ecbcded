import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError, isSystemError } from '../base/error.ts';
import { unmountBelow } from '../kernel/mounts.ts';
import { deleteNamespaces, namespaceExists, processesInside, processesOutsideWith } from '../kernel/namespace.ts';
import { endProcesses, isRunning, markProcess, type ProcessMark } from '../kernel/process.ts';
import { isLeftOver, isListed, labFolder, readLabs, releaseLab, removeDrafts, type LabRecord } from './registry.ts';

/** Milliseconds that programs of a lab have to end by themselves. */
const GRACE = 3_000;
/** Milliseconds to wait for another process that is removing the same lab. */
const PATIENCE = 15_000;

/**
 * Removes a lab with everything in it: programs, mounts, namespaces, files. Works from any state, also a half-built one, and
 * once a lab is gone does nothing, also if there is another one of its name by then. Several may call it at once: one works, the others wait.
 * @throws WeirError LAB_BUSY if this process lives inside the lab; LAB_FAILED with what could not be removed
 */
export async function removeLab(record: LabRecord): Promise<void> {
  const folder = labFolder(record.id);
  const namespaces = [...Object.values(record.namespaces), record.wire];
  if (processesInside(namespaces).includes(process.pid)) {
    throw new WeirError('LAB_BUSY', `this command runs inside lab ${record.id}`, {
      fix: 'leave the shell of the lab and repeat it outside',
    });
  }
  if (!(await claimRemoval(record))) return;
  const survivors = await endProcesses(processesInside(namespaces), GRACE);
  survivors.push(...(await endProcesses([...processesInside(namespaces), ...processesOutsideWith(folder)], GRACE)));
  await unmountBelow(folder);
  await deleteNamespaces(namespaces);
  const left = namespaces.filter(namespaceExists);
  if (survivors.length === 0 && left.length === 0) {
    releaseLab(record);
    return;
  }
  rmSync(join(folder, 'removing'), { force: true });
  throw new WeirError('LAB_FAILED', `lab ${record.id} could not be removed completely`, {
    where: folder,
    found: [...survivors.map((pid) => `process ${pid}`), ...left.map((name) => `namespace ${name}`)].join(', '),
    fix: 'weir lab clean',
  });
}

/** Ids of labs that are gone, and what stood in the way of removing others. */
export interface Cleaning {
  removed: string[];
  failures: unknown[];
}

/** Removes every lab that is left over; one that cannot be removed does not keep the others. */
export async function removeLeftOvers(): Promise<Cleaning> {
  removeDrafts();
  const cleaning: Cleaning = { removed: [], failures: [] };
  for (const record of readLabs().filter(isLeftOver)) {
    try {
      await removeLab(record);
      cleaning.removed.push(record.id);
    } catch (error) {
      cleaning.failures.push(error);
    }
  }
  return cleaning;
}

/** False when there is nothing left to do: another process has removed the lab, and its name may be that of a new one by now. */
async function claimRemoval(record: LabRecord): Promise<boolean> {
  const claim = join(labFolder(record.id), 'removing');
  const deadline = performance.now() + PATIENCE;
  while (isListed(record)) {
    if (takeClaim(claim)) {
      if (isListed(record)) return true;
      rmSync(claim, { force: true });
      return false;
    }
    if (performance.now() > deadline) {
      throw new WeirError('LAB_BUSY', 'another process is removing this lab and does not come to an end', {
        where: claim,
        found: readFileSync(claim, 'utf8'),
      });
    }
    await sleep(20);
  }
  return false;
}

function takeClaim(claim: string): boolean {
  const own = JSON.stringify(markProcess(process.pid));
  try {
    writeFileSync(claim, own, { flag: 'wx' });
    return true;
  } catch (error) {
    if (!isSystemError(error) || (error.code !== 'EEXIST' && error.code !== 'ENOENT')) throw error;
  }
  const holder = claimHolder(claim);
  if (holder === undefined || isRunning(holder)) return false;
  writeFileSync(claim, own);
  return true;
}

function claimHolder(claim: string): ProcessMark | undefined {
  try {
    const mark: ProcessMark = JSON.parse(readFileSync(claim, 'utf8'));
    return mark;
  } catch {
    return undefined;
  }
}
