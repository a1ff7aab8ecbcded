import { mkdirSync } from 'node:fs';
import type { EngineKind } from '../engine/options.ts';
import { insideNamespace } from '../kernel/namespace.ts';
import { BIN_FOLDER } from '../kernel/package.ts';
import { isRunning, markProcess, start, type StartedProgram } from '../kernel/process.ts';
import { connectDirector } from '../daemon/client.ts';
import { hostFolder, updateLab, type LabRecord } from './registry.ts';
import { hostOfRole } from './topology.ts';
import { waitForDaemon } from './wait.ts';

/** Where a daemon on a host listens; there is one on the director only. */
export function hostSocket({ id }: LabRecord, host: string): string {
  return `${hostFolder(id, host)}/weir.sock`;
}

export function directorLog(record: LabRecord): string {
  return logOf(record, hostOfRole(record.topology, 'director'));
}

function logOf({ id }: LabRecord, host: string): string {
  return `${hostFolder(id, host)}/weir.log`;
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
): Promise<void> {
  const host = hostOfRole(record.topology, 'director');
  const program = await launch(record, host, engine, more);
  const mark = markProcess(program.pid);
  if (mark !== undefined) {
    record.director = mark;
    record.engine = engine;
    updateLab(record);
  }
  await waitForDaemon(program, logOf(record, host), hostSocket(record, host), `the daemon on ${host}`);
}

/** Starts the director's daemon again if there was one and it has died. @throws WeirError LAB_FAILED */
export async function reviveDirector(record: LabRecord): Promise<void> {
  if (record.director === undefined || isRunning(record.director)) return;
  await startDirector(record, record.engine ?? 'ebpf');
}

/**
 * Starts a daemon on a host that is not the director, and gives it its rules.
 * @param lines of ipvsadm
 * @throws WeirError LAB_FAILED with the end of its log; RULES_INVALID, or the engine's refusal
 */
export async function startSecondDirector(record: LabRecord, host: string, lines: readonly string[]): Promise<void> {
  const program = await launch(record, host, 'ebpf', []);
  await waitForDaemon(program, logOf(record, host), hostSocket(record, host), `the daemon on ${host}`);
  const director = await connectDirector(hostSocket(record, host));
  await director.restore({ rules: lines.join('\n'), source: `hosts.${host}.directs` });
}

async function launch(
  record: LabRecord,
  host: string,
  engine: EngineKind,
  more: readonly string[],
): Promise<StartedProgram> {
  mkdirSync(hostFolder(record.id, host), { recursive: true });
  const argv = [process.execPath, `${BIN_FOLDER}/weir`, 'run', ...runArguments(record, engine, host), ...more];
  return await start(insideNamespace(record.namespaces[host]!, argv), { log: logOf(record, host) });
}

function runArguments(record: LabRecord, engine: EngineKind, host: string): string[] {
  const interfaces = Object.keys(record.topology.hosts[host]?.nics ?? {}).join(',');
  const options = { engine, socket: hostSocket(record, host), state: `${hostFolder(record.id, host)}/state` };
  const forwarding = { interface: interfaces, hook: record.hook };
  return Object.entries({ ...options, ...forwarding }).flatMap(([name, value]) => [`--${name}`, value]);
}
