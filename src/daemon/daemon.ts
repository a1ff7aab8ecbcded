import { createServer, type Server } from 'node:http';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { WeirError } from '../base/error.ts';
import { createEngine } from '../engine/create.ts';
import type { Engine } from '../engine/engine.ts';
import { FaultCounts } from '../engine/faults.ts';
import { foreground } from '../engine/foreground.ts';
import type { EngineKind, EngineLog, EngineOptions } from '../engine/options.ts';
import { createApi } from './api.ts';
import { Control } from './control.ts';
import { rulesPath } from './paths.ts';
import { guardSocket } from './socket-guard.ts';
import { claimSocket } from './socket.ts';
import { readStateFile } from './state-file.ts';
import { packageVersion } from './version.ts';

export interface DaemonOptions extends Omit<EngineOptions, 'runFolder' | 'log'> {
  engine: EngineKind;
  /** Path of the Unix socket. */
  socket: string;
  /** Folder of the saved rules. */
  state: string;
  log: EngineLog;
}

export interface Daemon {
  /** Answers the requests under way, then lets go of the engine; `keep` leaves forwarding in place. */
  close(options: { keep: boolean }): Promise<void>;
}

type OpenEngine = (kind: EngineKind, options: EngineOptions) => Promise<Engine>;

/** How long a request under way may take once the director is to stop. Milliseconds. */
const GRACE = 3_000;

/** How long a director that was killed may take to end: until its last thread has, it keeps socket and tables. Milliseconds. */
const DYING = 2_000;

/**
 * Starts a director. The socket is claimed first, so that two directors never touch one engine; requests that come before the
 * engine is ready wait. Saved rules are restored only into a table that nobody has ever changed: one that outlived its process is
 * the newer truth, also if all its rules were deleted.
 *
 * @param open opens the engine; another one than `createEngine` in tests
 * @returns when requests are answered
 * @throws WeirError DAEMON_RUNNING, what the engine or its hooks refuse, STATE_UNREADABLE or RULES_INVALID for the saved rules;
 * then nothing has changed
 */
export async function startDaemon(options: DaemonOptions, open: OpenEngine = createEngine): Promise<Daemon> {
  const { promise: ready, resolve, reject } = promiseWithResolvers<Control>();
  const answer = getRequestListener(createApi(ready, options.log).fetch);
  const server = createServer((incoming, outgoing) => {
    foreground.begin();
    outgoing.once('close', () => foreground.end());
    void answer(incoming, outgoing);
  });
  server.on('connection', () => foreground.expect());
  await takeOver(async () => await claimSocket(server, options.socket));
  try {
    const runFolder = dirname(options.socket);
    const engine = await takeOver(async () => await open(options.engine, { ...options, runFolder }));
    const faults = new FaultCounts();
    const control = createControl(engine, options, faults);
    try {
      await restoreIfNew(engine, control, options);
    } catch (error) {
      await engine.close({ keep: !(await isNew(engine)) });
      throw error;
    }
    resolve(control);
    const unguard = guardSocket(server, options, faults);
    return {
      close: async ({ keep }) => {
        await unguard();
        await stop(server, control, engine, keep);
      },
    };
  } catch (error) {
    reject(error);
    await closeServer(server);
    throw error;
  }
}

/** Takes what another director has, once it has ended. @throws WeirError DAEMON_RUNNING if it goes on */
async function takeOver<T>(take: () => Promise<T>): Promise<T> {
  const end = performance.now() + DYING;
  for (;;) {
    try {
      return await take();
    } catch (error) {
      const isTaken = error instanceof WeirError && error.code === 'DAEMON_RUNNING';
      if (!isTaken || performance.now() > end) throw error;
      await sleep(20);
    }
  }
}

function createControl(engine: Engine, { socket, state, log }: DaemonOptions, faults: FaultCounts): Control {
  const director = {
    version: packageVersion(),
    pid: process.pid,
    started: new Date().toISOString(),
    socket,
    state,
  };
  return new Control({ engine, rulesFile: rulesPath(state), log, faults, director });
}

async function restoreIfNew(engine: Engine, control: Control, { state, log }: DaemonOptions): Promise<void> {
  if (!(await isNew(engine))) return;
  const path = rulesPath(state);
  const rules = await readStateFile(path);
  if (rules === undefined) return;
  const { operations } = await control.restore({ rules, source: path });
  log.info({ path, operations: operations.length }, 'restored the saved rules');
}

/** An earlier process may have been killed after the first rules and before it could count them. */
async function isNew(engine: Engine): Promise<boolean> {
  const { version, services } = await engine.table();
  return version === 0 && services.length === 0;
}

async function stop(server: Server, control: Control, engine: Engine, keep: boolean): Promise<void> {
  control.stop();
  await closeServer(server);
  await control.idle();
  await engine.close({ keep });
}

/** Resolves when no connection is left; those that do not end in time are cut. */
async function closeServer(server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), GRACE);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  clearTimeout(cut);
}

function promiseWithResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((onValue, onReason) => {
    resolve = onValue;
    reject = onReason;
  });
  // Requests that wait for it see the rejection; when there are none it is no unhandled one.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
