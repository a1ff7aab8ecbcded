import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '../base/error.ts';
import { searchPath, toolPackage } from './tools.ts';

/** What a program left behind. `code` is 128 + the signal's number where a signal ended it, as a shell says it. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Text for standard input, which is otherwise empty. */
  input?: string;
  /** Added to the environment of this process. */
  env?: Record<string, string>;
  cwd?: string;
  /** Milliseconds until the program is killed; none by default. */
  timeout?: number;
  /** Ends the program with SIGTERM. */
  signal?: AbortSignal;
}

const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/**
 * Runs a program to its end, in a session of its own: Ctrl-C at the terminal does not reach it.
 * @throws WeirError TOOL_MISSING when there is no such program; how it ended is for the caller to judge
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    env: environment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout, killSignal: 'SIGKILL' }),
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  // A program that ends without reading its input closes the pipe; how it ended says more than EPIPE.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const stop = (): void => {
    child.kill('SIGTERM');
  };
  options.signal?.addEventListener('abort', stop);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', (error) => reject(startError(program, error)));
      child.on('close', (status, signal) => resolve(exitCode(status, signal)));
    });
    return { code, stdout: stdout(), stderr: stderr() };
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}

/**
 * Runs a program that has the terminal (or whatever the standard streams are) to itself.
 * @returns its exit code
 * @throws WeirError TOOL_MISSING
 */
export async function runAttached(argv: readonly string[], options: Omit<RunOptions, 'input'> = {}): Promise<number> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    env: environment(options.env),
    stdio: 'inherit',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  // Ctrl-C goes to the whole foreground group: the program decides what it means, and this process outlives it. Other signals
  // come to this process alone, and are meant for the program.
  const answers = [
    ...(['SIGINT', 'SIGQUIT'] as const).map((signal) => ({ signal, answer: (): void => {} })),
    ...(['SIGTERM', 'SIGHUP'] as const).map((signal) => ({ signal, answer: () => void child.kill(signal) })),
  ];
  for (const { signal, answer } of answers) process.on(signal, answer);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on('error', (error) => reject(startError(program, error)));
      child.on('close', (status, signal) => resolve(exitCode(status, signal)));
    });
  } finally {
    for (const { signal, answer } of answers) process.off(signal, answer);
  }
}

/** A process as it can be recognised later: numbers of processes are used again, start times are not. */
export interface ProcessMark {
  pid: number;
  /** Clock ticks since boot (field 22 of /proc/PID/stat). */
  started: number;
}

/** Milliseconds that a program has to end after Ctrl-C. */
const GRACE = 2_000;

/**
 * Runs a program without input to its end; what it prints is seen as it comes. It has a session of its own: Ctrl-C at the terminal
 * does not reach it, but the signal's abort sends SIGINT to all its processes, and SIGKILL to what is left two seconds later.
 * @returns its exit code
 * @throws WeirError TOOL_MISSING
 */
export async function runShown(
  argv: readonly string[],
  { env, signal }: Pick<RunOptions, 'env'> & { signal: AbortSignal },
): Promise<number> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    env: environment(env),
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  let late: NodeJS.Timeout | undefined;
  const stop = (): void => {
    const group = -(child.pid ?? 0);
    if (group === 0) return;
    sendSignal(group, 'SIGINT');
    late = setTimeout(() => sendSignal(group, 'SIGKILL'), GRACE);
  };
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on('error', (error) => reject(startError(program, error)));
      child.on('close', (status, cause) => resolve(exitCode(status, cause)));
    });
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', stop);
  }
}

/** A program that goes on by itself, in a session of its own, also when this process ends. */
export interface StartedProgram {
  pid: number;
  /** Exit code, once it has ended. */
  ended: Promise<number>;
  running(): boolean;
}

export interface StartOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** File that standard output and standard error are appended to. */
  log: string;
}

/**
 * Starts a program that outlives this process. Ctrl-C at the terminal does not reach it.
 * @throws WeirError TOOL_MISSING
 */
export async function start(argv: readonly string[], options: StartOptions): Promise<StartedProgram> {
  const [program = '', ...args] = argv;
  const log = openSync(options.log, 'a');
  const child = spawn(program, args, {
    env: environment(options.env),
    stdio: ['ignore', log, log],
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  closeSync(log);
  const ended = new Promise<number>((resolve) => {
    child.on('exit', (status, signal) => resolve(exitCode(status, signal)));
  });
  await new Promise<void>((resolve, reject) => {
    child.on('error', (error) => reject(startError(program, error)));
    child.on('spawn', resolve);
  });
  child.unref();
  return { pid: child.pid!, ended, running: () => child.exitCode === null && child.signalCode === null };
}

/** The mark of a process, or undefined if there is none of this number (a zombie without further threads counts as none). */
export function markProcess(pid: number): ProcessMark | undefined {
  const stat = readStat(pid);
  return stat === undefined ? undefined : { pid, started: stat.started };
}

/** True while the very process runs that the mark was made of. */
export function isRunning(mark: ProcessMark): boolean {
  return readStat(mark.pid)?.started === mark.started;
}

/** The number of a process's parent, 0 if it has none here; undefined if there is no such process. */
export function parentOf(pid: number): number | undefined {
  return readStat(pid)?.parent;
}

/** A mark as part of a name: `4711-998877`. */
export function nameMark({ pid, started }: ProcessMark): string {
  return `${pid}-${started}`;
}

/** True if the name goes on after the prefix with the mark of a process that runs no more. */
export function isAbandoned(name: string, prefix: string): boolean {
  const [, pid, started] = name.startsWith(prefix) ? (/^(\d+)-(\d+)(?!\d)/.exec(name.slice(prefix.length)) ?? []) : [];
  return pid !== undefined && !isRunning({ pid: Number(pid), started: Number(started) });
}

/**
 * Ends processes: by `signal`, and by SIGKILL those that still run after `grace` milliseconds. Those that are gone are no error.
 * @returns the ones that survived even SIGKILL for five seconds (a process stuck in the kernel)
 */
export async function endProcesses(
  pids: readonly number[],
  grace: number,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<number[]> {
  const marks = pids.map(markProcess).filter((mark) => mark !== undefined);
  const left = await signalAndWait(marks, signal, grace);
  const survivors = await signalAndWait(left, 'SIGKILL', 5_000);
  return survivors.map((mark) => mark.pid);
}

async function signalAndWait(
  marks: readonly ProcessMark[],
  signal: NodeJS.Signals,
  wait: number,
): Promise<ProcessMark[]> {
  for (const mark of marks) if (isRunning(mark)) sendSignal(mark.pid, signal);
  const deadline = performance.now() + wait;
  let left = marks.filter(isRunning);
  for (let pause = 2; left.length > 0 && performance.now() < deadline; pause = Math.min(pause * 2, 50)) {
    await sleep(pause);
    left = left.filter(isRunning);
  }
  return left;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in the meantime.
  }
}

function readStat(pid: number): { started: number; parent: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name (field 2) stands in parentheses and may itself hold blanks and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const threads = Number(fields[17]);
  // The first thread of a killed process may be a zombie before the others have ended, and its files are open until the last has.
  const isOver = (state === 'Z' && threads <= 1) || state === 'X';
  return isOver ? undefined : { started: Number(fields[19]), parent: Number(fields[1]) };
}

/** A child's environment: ours, with the folders of system programs in PATH, which a user's shell may leave out. */
function environment(added: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH: searchPath(), ...added };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

function exitCode(status: number | null, signal: NodeJS.Signals | null): number {
  if (status !== null) return status;
  return 128 + (SIGNAL_NUMBERS[signal ?? 'SIGKILL'] ?? 0);
}

/** Why a program could not be started. @param error what spawn says @returns WeirError TOOL_MISSING if there is none; else the error */
export function startError(program: string, error: Error): Error {
  if (!('code' in error) || error.code !== 'ENOENT') return error;
  const debian = toolPackage(program);
  return new WeirError('TOOL_MISSING', `there is no program ${program} on this machine`, {
    expected: `${program} in ${searchPath()}`,
    ...(debian === undefined ? {} : { fix: `apt-get install ${debian}` }),
    cause: error,
  });
}
