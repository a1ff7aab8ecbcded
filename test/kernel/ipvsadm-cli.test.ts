import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDirector } from '../../src/daemon/client.ts';
import type { Director } from '../../src/ipvsadm/director.ts';
import { RECORDED_DIFFERENCES } from '../../src/ipvsadm/differences.ts';
import { comparable, type Played, readGoldenSessions, type CliStep } from '../support/golden-cli.ts';
import { playInProcess } from '../support/play-cli.ts';
import { RecordedMachine } from '../support/recorded-machine.ts';

/** Sessions that are played side by side, each on a director of its own. */
const WIDTH = 2;

/**
 * Of the steps that print nothing to standard output, a session plays the first of each command by the executable and the others in this
 * process, on the same director: to start a program costs many times what it does. With WEIR_ALL_STEPS=1 the executable plays all.
 */
const ALL_STEPS = process.env['WEIR_ALL_STEPS'] === '1';

let machine: RecordedMachine;
const idle: string[] = [];
const waiting: ((socket: string) => void)[] = [];

beforeAll(async () => {
  machine = await RecordedMachine.start(`${process.pid}-cli`);
  for (let i = 0; i < WIDTH; i++) idle.push(await machine.addDirector());
});

afterAll(async () => {
  await machine.stop();
});

/** Runs something on a director that nobody else uses meanwhile, and that has nothing configured. */
async function withDirector(use: (socket: string, director: Director) => Promise<void>): Promise<void> {
  const socket = idle.pop() ?? (await new Promise<string>((resolve) => waiting.push(resolve)));
  try {
    const director = await connectDirector(socket);
    await director.apply(
      [
        { do: 'flush' },
        { do: 'set-timeouts', timeouts: { tcp: 900, tcpFin: 120, udp: 300 } },
        { do: 'stop-daemon', role: 'master' },
        { do: 'stop-daemon', role: 'backup' },
      ],
      { each: true },
    );
    await use(socket, director);
  } finally {
    const next = waiting.shift();
    if (next === undefined) idle.push(socket);
    else next(socket);
  }
}

interface Difference {
  step: number;
  argv: string[];
  said: Played;
  recorded: Played;
}

async function differencesOf(steps: readonly CliStep[], socket: string, director: Director): Promise<Difference[]> {
  const different: Difference[] = [];
  const seen = new Set<string>();
  for (const [index, step] of steps.entries()) {
    const command = step.argv.slice(0, 2).join(' ');
    const inProcess = step.as === undefined && step.stdout === '' && seen.has(command) && !ALL_STEPS;
    seen.add(command);
    const played = await (inProcess ? playInProcess(step, director) : machine.play(step, socket));
    const said = { ...played, stdout: comparable(step, played.stdout) };
    const recorded = { stdout: comparable(step, step.stdout), stderr: step.stderr, exit: step.exit };
    if (!isDeepStrictEqual(said, recorded)) different.push({ step: index, argv: step.argv, said, recorded });
  }
  return different;
}

describe.concurrent('the recorded sessions of ipvsadm 1.31, by the executable on a director', () => {
  test.each(readGoldenSessions().map((recording) => [recording.name, recording] as const))(
    '%s',
    async (name, { steps }) => {
      const deliberate = RECORDED_DIFFERENCES.filter(({ recording }) => recording === name).flatMap(
        (each) => each.steps,
      );
      await withDirector(async (socket, director) => {
        const different = await differencesOf(steps, socket, director);
        expect(different.filter(({ step }) => !deliberate.includes(step))).toEqual([]);
        expect(different.map(({ step }) => step)).toEqual(deliberate);
      });
    },
    600_000,
  );
});
