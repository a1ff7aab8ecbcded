import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError, isSystemError } from '../base/error.ts';
import type { EngineKind, Hook } from '../engine/options.ts';
import { namespaceLives } from '../kernel/namespace.ts';
import { isAbandoned, isRunning, markProcess, nameMark, type ProcessMark } from '../kernel/process.ts';
import type { Topology } from './topology.ts';

/** Where labs are written down: beside the namespaces themselves, and gone with them when the machine restarts. */
export const LABS_FOLDER = '/run/weir-lab';
/** What the folder of a lab is called until it is complete, and again while it is being deleted; the mark of the process follows. */
const DRAFT = '.new-';

/** Everything that is needed to use and to remove a lab, by whoever comes along. */
export interface LabRecord {
  id: string;
  topology: Topology;
  hook: Hook;
  /** Network namespace of each host, and that of the switches. */
  namespaces: Record<string, string>;
  wire: string;
  /** The process that will remove the lab. A lab without one stays until `weir lab down`. */
  owner?: ProcessMark;
  /** The director's daemon, once it runs. */
  director?: ProcessMark;
  /** What it forwards with. */
  engine?: EngineKind;
  /** The topology without the faults that are planted in it. */
  whole: Topology;
  /** What hosts do by themselves. */
  habits?: ProcessMark[];
  /** When it was claimed, to the millisecond: what tells it from an earlier or later one of the same id. */
  created: string;
  /** Where the lab is a quiz: what is wrong in it, and how the learner stands. */
  quiz?: QuizState;
}

export interface QuizState {
  /** Id of the fault. */
  fault: string;
  /** Hints that were taken, and wrong answers. */
  hints: number;
  wrong: number;
}

/** True if whoever should have removed the lab has died, or if the machine has restarted under it. */
export function isLeftOver({ owner, wire }: LabRecord): boolean {
  return owner === undefined ? !namespaceLives(wire) : !isRunning(owner);
}

export function labFolder(id: string): string {
  return join(LABS_FOLDER, id);
}

/** The folder of a host in a lab: configuration, logs, socket. */
export function hostFolder(id: string, host: string): string {
  return join(labFolder(id), host);
}

/** The labs of this machine, oldest first. */
export function readLabs(): LabRecord[] {
  return folderEntries()
    .filter((name) => !name.startsWith('.'))
    .map(readLab)
    .filter((record) => record !== undefined)
    .sort((a, b) => (a.created < b.created ? -1 : 1));
}

/** The record of a lab, or undefined where there is none (or none that can be read). */
export function readLab(id: string): LabRecord | undefined {
  try {
    const record: LabRecord = JSON.parse(readFileSync(join(labFolder(id), 'lab.json'), 'utf8'));
    return record;
  } catch {
    return undefined;
  }
}

/** True while there is this very lab: its name may have been taken again since. One whose record is damaged counts as it. */
export function isListed({ id, created }: LabRecord): boolean {
  const listed = readLab(id);
  return listed === undefined ? existsSync(labFolder(id)) : listed.created === created;
}

/**
 * Takes a lab's name by making its folder, complete with its record: another process sees all of it or nothing.
 * @throws WeirError LAB_BUSY if there is a lab of this id
 */
export function claimLab(record: LabRecord): void {
  const draft = draftFolder(record.id);
  mkdirSync(draft, { recursive: true, mode: 0o755 });
  writeRecord(draft, record);
  try {
    renameSync(draft, labFolder(record.id));
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!isSystemError(error) || (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST')) throw error;
    throw new WeirError('LAB_BUSY', `there is a lab ${record.id} already`, {
      where: labFolder(record.id),
      fix: `choose another --id, or remove it: weir lab down ${record.id}`,
    });
  }
}

/** Gives back a name that `claimLab` has taken, at once, and deletes the lab's files. */
export function releaseLab({ id }: LabRecord): void {
  const draft = draftFolder(id);
  try {
    renameSync(labFolder(id), draft);
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'ENOENT') throw error;
  }
  rmSync(draft, { recursive: true, force: true });
}

/**
 * Replaces the record of a lab; a reader sees the old one or the new one.
 * @throws WeirError LAB_UNKNOWN if somebody has removed the lab
 */
export function updateLab(record: LabRecord): void {
  if (!isListed(record)) throw new WeirError('LAB_UNKNOWN', `somebody has removed lab ${record.id}`);
  writeRecord(labFolder(record.id), record);
}

/** Removes what processes left that died while they claimed a name or gave it back. */
export function removeDrafts(): void {
  for (const name of folderEntries()) {
    if (isAbandoned(name, DRAFT)) rmSync(join(LABS_FOLDER, name), { recursive: true, force: true });
  }
}

/** The first free id of the form `nat1`, `nat2` ...; `isInUse` tells what stands in its way besides other labs. */
export function freeId(topology: string, isInUse: (id: string) => boolean): string {
  const taken = new Set(folderEntries());
  let number = 1;
  while (taken.has(`${topology}${number}`) || isInUse(`${topology}${number}`)) number++;
  return `${topology}${number}`;
}

function draftFolder(id: string): string {
  return join(LABS_FOLDER, `${DRAFT}${nameMark(markProcess(process.pid)!)}-${id}`);
}

function writeRecord(folder: string, record: LabRecord): void {
  const draft = join(folder, `.lab.json.${process.pid}`);
  writeFileSync(draft, JSON.stringify(record, undefined, 2) + '\n');
  renameSync(draft, join(folder, 'lab.json'));
}

function folderEntries(): string[] {
  try {
    return readdirSync(LABS_FOLDER);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw error;
  }
}
