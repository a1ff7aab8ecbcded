import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '../base/error.ts';
import { connectDirector } from '../daemon/client.ts';
import type { StartedProgram } from '../kernel/process.ts';

const DEADLINE = 15_000;

/**
 * Waits until a program has written a text to its log.
 * @throws WeirError LAB_FAILED with the end of the log, if it ends before or needs more than 15 s
 */
export async function waitForLog(program: StartedProgram, log: string, text: string, what: string): Promise<void> {
  await waitUntil(program, log, what, () => Promise.resolve(readLog(log).includes(text)));
}

/** Waits until a daemon answers at its socket; throws as `waitForLog` does. @param patience milliseconds instead of 15 s */
export async function waitForDaemon(
  program: StartedProgram,
  log: string,
  socket: string,
  what: string,
  patience: number = DEADLINE,
): Promise<void> {
  await waitUntil(program, log, what, () => answers(socket), patience);
}

async function waitUntil(
  program: StartedProgram,
  log: string,
  what: string,
  ready: () => Promise<boolean>,
  patience: number = DEADLINE,
): Promise<void> {
  const deadline = performance.now() + patience;
  while (!(await ready())) {
    if (!program.running()) throw failure(`${what} ended with exit code ${await program.ended}`, log);
    if (performance.now() > deadline) throw failure(`${what} is not ready after ${patience / 1000} s`, log);
    await sleep(5);
  }
}

function failure(message: string, log: string): WeirError {
  const lines = readLog(log).trimEnd().split('\n').slice(-8);
  return new WeirError('LAB_FAILED', message, { where: log, found: lines.join('\n    ') });
}

function readLog(log: string): string {
  try {
    return readFileSync(log, 'utf8');
  } catch {
    return '';
  }
}

/** A daemon that only listens may still fail to open its engine, so it is asked something. */
async function answers(socket: string): Promise<boolean> {
  try {
    await (await connectDirector(socket)).status();
    return true;
  } catch (error) {
    if (error instanceof WeirError && error.code === 'DAEMON_UNREACHABLE') return false;
    throw error;
  }
}
