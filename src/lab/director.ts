import { mkdirSync } from 'node:fs';
import type { EngineKind } from '../engine/options.ts';
import { insideNamespace } from '../kernel/namespace.ts';
import { markProcess, start, type StartedProgram } from '../kernel/process.ts';
import { BIN_FOLDER } from './paths.ts';
import { hostFolder, updateLab, type LabRecord } from './registry.ts';
import { hostOfRole } from './topology.ts';
import { waitForDaemon } from './wait.ts';

/** Where a daemon on a host listens; there is one on the director only. */
export function hostSocket({ id }: LabRecord, host: string): string {
  return `${hostFolder(id, host)}/weir.sock`;
}

export function directorLog(record: LabRecord): string {
  return `${directorFolder(record)}/weir.log`;
}

/**
 * Starts the director's daemon, as an operator would with `weir run`, writes it into the record and waits until it answers.
 * @param more further options of `weir run`
 * @throws WeirError LAB_FAILED with the end of its log
 */
export async function startDirector(
  record: LabRecord,
  engine: EngineKind,
  more: readonly string[] = [],
): Promise<StartedProgram> {
  const host = hostOfRole(record.topology, 'director');
  const folder = directorFolder(record);
  const log = directorLog(record);
  mkdirSync(folder, { recursive: true });
  const argv = [process.execPath, `${BIN_FOLDER}/weir`, 'run', ...runArguments(record, engine, host), ...more];
  const program = await start(insideNamespace(record.namespaces[host]!, argv), { log });
  const mark = markProcess(program.pid);
  if (mark !== undefined) {
    record.director = mark;
    updateLab(record);
  }
  await waitForDaemon(program, log, hostSocket(record, host), `the daemon on ${host}`);
  return program;
}

function runArguments(record: LabRecord, engine: EngineKind, host: string): string[] {
  const interfaces = Object.keys(record.topology.hosts[host]?.nics ?? {}).join(',');
  const options = { engine, socket: hostSocket(record, host), state: `${directorFolder(record)}/state` };
  const forwarding = { interface: interfaces, hook: record.hook };
  return Object.entries({ ...options, ...forwarding }).flatMap(([name, value]) => [`--${name}`, value]);
}

function directorFolder(record: LabRecord): string {
  return hostFolder(record.id, hostOfRole(record.topology, 'director'));
}
