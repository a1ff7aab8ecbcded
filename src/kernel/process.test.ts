import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  endProcesses,
  isAbandoned,
  isRunning,
  markProcess,
  nameMark,
  run,
  start,
  type ProcessMark,
  type StartedProgram,
} from './process.ts';
import { findTool, requireTools, searchPath } from './tools.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-process-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const sh = (script: string): string[] => ['sh', '-c', script];

describe('run', () => {
  test('gives both outputs and the exit code', async () => {
    expect(await run(sh('echo out; echo err >&2; exit 3'))).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  test('hands over input, also to a program that does not read it', async () => {
    expect(await run(['cat'], { input: 'täxt' })).toMatchObject({ code: 0, stdout: 'täxt' });
    expect(await run(['true'], { input: 'x'.repeat(1_000_000) })).toMatchObject({ code: 0 });
  });

  test('says as a shell does which signal ended a program', async () => {
    expect(await run(sh('kill -TERM $$'))).toMatchObject({ code: 143 });
    expect(await run(sh('kill -KILL $$'))).toMatchObject({ code: 137 });
  });

  test('kills what takes too long', async () => {
    expect(await run(['sleep', '60'], { timeout: 50 })).toMatchObject({ code: 137 });
  });

  test('ends a program when it is told to', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    expect(await run(['sleep', '60'], { signal: controller.signal })).toMatchObject({ code: 143 });
  });

  test('adds to the environment', async () => {
    expect(await run(sh('echo $WEIR_TEST $HOME'), { env: { WEIR_TEST: 'yes' } })).toMatchObject({
      stdout: `yes ${process.env['HOME']}\n`,
    });
  });

  test('refuses a program there is not', async () => {
    await expect(run(['no-such-program'])).rejects.toMatchObject({ code: 'TOOL_MISSING' });
  });
});

describe('start', () => {
  test('lets a program run on, with its output in a file', async () => {
    const log = join(folder, 'log');
    const program = await start(sh('echo ready; exec sleep 60'), { log });
    try {
      await contains(log, 'ready\n');
      expect(program.running()).toBe(true);
      expect(markProcess(program.pid)).toMatchObject({ pid: program.pid });
    } finally {
      await endProcesses([program.pid], 1_000);
    }
    expect(await program.ended).toBe(143);
    expect(program.running()).toBe(false);
  });

  test('refuses a program there is not', async () => {
    await expect(start(['no-such-program'], { log: join(folder, 'none') })).rejects.toMatchObject({
      code: 'TOOL_MISSING',
    });
  });
});

/** Its first thread waits while others are at work. */
const BUSY_THREADS = `
  const { Worker } = require('node:worker_threads');
  const ready = new Int32Array(new SharedArrayBuffer(4));
  const work = 'Atomics.add(require("node:worker_threads").workerData, 0, 1); for (;;);';
  for (let i = 0; i < 4; i++) new Worker(work, { eval: true, workerData: ready });
  const look = () => {
    if (Atomics.load(ready, 0) < 4) return setTimeout(look, 10);
    require('node:fs').writeSync(1, 'busy');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
  look();`;

function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0;
  }
}

describe('processes', () => {
  test('are known again by their start time', async () => {
    const own = markProcess(process.pid)!;

    expect(isRunning(own)).toBe(true);
    expect(isRunning({ ...own, started: own.started - 1 })).toBe(false);
    expect(markProcess(2 ** 30)).toBeUndefined();
  });

  test('are told by the names of what they made, also when their number is used again', () => {
    const own = markProcess(process.pid)!;
    const name = (mark: ProcessMark): string => `weir-thing-${nameMark(mark)}-a1`;

    expect(isAbandoned(name(own), 'weir-thing-')).toBe(false);
    expect(isAbandoned(name({ ...own, started: own.started - 1 }), 'weir-thing-')).toBe(true);
    expect(isAbandoned(name({ ...own, pid: 2 ** 30 }), 'weir-thing-')).toBe(true);
    expect(isAbandoned(name({ ...own, pid: 2 ** 30 }), 'weir-other-')).toBe(false);
    expect(isAbandoned('weir-thing-of-somebody', 'weir-thing-')).toBe(false);
  });

  test('that do not listen to SIGTERM are killed', async () => {
    const log = join(folder, 'stubborn');
    const program = await start(sh('trap "" TERM; echo ready; while :; do sleep 1; done'), { log });
    await contains(log, 'ready');

    expect(await endProcesses([program.pid], 50)).toEqual([]);

    expect(await program.ended).toBe(137);
  });

  test('have their time to end, also when the clock is set meanwhile', async () => {
    const log = join(folder, 'clock');
    const program = await start(sh('trap "sleep 0.3; exit 5" TERM; echo ready; while :; do sleep 0.05; done'), { log });
    await contains(log, 'ready');
    let clock = Date.now();
    const now = vi.spyOn(Date, 'now').mockImplementation(() => (clock += 3_600_000));
    try {
      expect(await endProcesses([program.pid], 10_000)).toEqual([]);
    } finally {
      now.mockRestore();
    }

    expect(await program.ended).toBe(5);
  });

  test('that are killed have ended when their last thread has', async () => {
    const log = join(folder, 'threads');
    const program = await start([process.execPath, '-e', BUSY_THREADS], { log });
    await contains(log, 'busy');
    const mark = markProcess(program.pid)!;
    process.kill(program.pid, 'SIGKILL');
    while (isRunning(mark)) continue;

    // What is left is the zombie, until its parent has asked for it.
    expect(threadsOf(program.pid)).toBeLessThanOrEqual(1);
    await program.ended;
  });

  test('that are gone are no error', async () => {
    const program: StartedProgram = await start(['true'], { log: join(folder, 'gone') });
    await program.ended;

    expect(await endProcesses([program.pid, 2 ** 30], 50)).toEqual([]);
  });
});

describe('tools', () => {
  test('are found where a shell finds them', () => {
    expect(findTool('sh')).toMatch(/\/sh$/);
    expect(findTool('no-such-program')).toBeUndefined();
    expect(searchPath().split(':')).toContain('/usr/sbin');
  });

  test('that are missing are named with the Debian packages that have them', () => {
    expect(() => requireTools(['sh', 'no-such-program'])).toThrowError(
      expect.objectContaining({
        code: 'TOOL_MISSING',
        message: 'missing on this machine: no-such-program',
        fix: 'apt-get install --no-install-recommends no-such-program',
      }),
    );
  });
});

async function contains(file: string, text: string): Promise<void> {
  await expect.poll(() => readFileSync(file, 'utf8'), { timeout: 5_000 }).toContain(text);
}
