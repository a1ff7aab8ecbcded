import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../bin/weir', import.meta.url));
const BUILT = fileURLToPath(new URL('../../dist/weir/main.js', import.meta.url));

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Surroundings {
  /** Path of the socket, as WEIR_SOCKET. */
  socket?: string;
  /** Standard input. */
  input?: string;
  /** Program and arguments that run the launcher: `nsenter --net=... --`. */
  within?: readonly string[];
  options?: SpawnOptions;
}

/** Runs the real `weir` to its end, or to that of the test if it hangs. */
export async function weir(words: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  const child = launch(words, surroundings);
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin?.on('error', () => undefined).end(surroundings.input ?? '');
  return await outcomeOf(child);
}

export interface RunningDirector {
  pid: number;
  /** What it has logged so far, a JSON object a line. */
  log(): string;
  kill(signal: NodeJS.Signals): void;
  /** How it ended. */
  ended: Promise<Outcome>;
}

/** Starts `weir run` and resolves when it is ready; it is killed at the end of the test. */
export async function startWeir(words: readonly string[], surroundings: Surroundings): Promise<RunningDirector> {
  const child = launch(['run', ...words], surroundings);
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = outcomeOf(child);
  let log = '';
  const ready = new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk: string) => {
      log += chunk;
      if (log.includes('the director is ready')) resolve();
    });
  });
  const early = await Promise.race([ready, ended]);
  if (early !== undefined) throw new Error(`weir run has ended: ${early.stderr}${early.stdout}`);
  return { pid: child.pid ?? 0, log: () => log, kill: (signal) => void child.kill(signal), ended };
}

/** Starts the real `weir` without waiting for anything. */
export function launch(words: readonly string[], { socket, within = [], options }: Surroundings): ChildProcess {
  if (!existsSync(BUILT)) throw new Error('these tests run the built program: npm run build');
  const [program = '', ...rest] = [...within, process.execPath, LAUNCHER, ...words];
  const env = { ...process.env, ...(socket === undefined ? {} : { WEIR_SOCKET: socket }) };
  const child = spawn(program, rest, { stdio: 'pipe', env, ...options });
  child.stdout?.setEncoding('utf8');
  child.stderr?.setEncoding('utf8');
  return child;
}

async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: string) => (stdout += chunk));
  child.stderr?.on('data', (chunk: string) => (stderr += chunk));
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, stdout, stderr };
}
