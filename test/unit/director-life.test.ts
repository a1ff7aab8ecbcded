import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectDirector } from '../../src/daemon/client.ts';
import { temporaryFolder } from '../support/director.ts';
import { launch, startWeir, weir, type Outcome, type RunningDirector } from '../support/weir.ts';

const RULES = '-A -t 10.1.1.21:80 -s rr\n-a -t 10.1.1.21:80 -r 1.1.1.128:80 -m -w 1 -x 10\n';

/** Places for one director, and the words that start it there. */
async function home(): Promise<{ socket: string; state: string; rules: string; words: string[] }> {
  const folder = await temporaryFolder();
  const state = join(folder, 'state');
  return {
    socket: join(folder, 'run', 'weir.sock'),
    state,
    rules: join(state, 'rules.ipvs'),
    words: ['--engine', 'model', '--state', state],
  };
}

type Home = Awaited<ReturnType<typeof home>>;

async function start({ socket, words }: Home): Promise<RunningDirector> {
  return await startWeir(words, { socket });
}

async function startRefused({ socket, words }: Home): Promise<Outcome> {
  return await weir(['run', ...words], { socket });
}

describe('a director that ends', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'by %s says so, removes its socket and exits 0',
    async (signal) => {
      const place = await home();
      const director = await start(place);
      director.kill(signal);
      const { code, stdout, stderr } = await director.ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ msg: 'stopped' });
      expect(existsSync(place.socket)).toBe(false);
    },
  );

  test('while requests wait for it answers them first', async () => {
    const place = await home();
    const director = await start(place);
    const asking = Promise.all(
      Array.from({ length: 8 }, () => weir(['restore', '--json', '-'], { socket: place.socket, input: RULES })),
    );
    const client = await connectDirector(place.socket);
    while ((await client.table()).version === 0);
    director.kill('SIGTERM');
    const outcomes = await asking;
    // Those that came too late are told that nobody is there; none gets half an answer.
    for (const { code, stdout } of outcomes)
      expect(code === 0 ? JSON.parse(stdout).version : code).toBe(code === 0 ? 1 : 2);
    expect((await director.ended).code).toBe(0);
  });

  test('by SIGKILL leaves a socket that the next one takes over, with the saved rules', async () => {
    const place = await home();
    const first = await start(place);
    await weir(['restore', '-'], { socket: place.socket, input: RULES });
    await weir(['save'], { socket: place.socket });
    first.kill('SIGKILL');
    expect((await first.ended).signal).toBe('SIGKILL');
    expect(existsSync(place.socket)).toBe(true);

    const second = await start(place);
    const { stdout } = await weir(['save', '-'], { socket: place.socket });
    expect(stdout).toBe(readFileSync(place.rules, 'utf8'));
    expect(stdout).toContain(RULES);
    expect(second.log()).toContain('restored the saved rules');
  });
});

describe('a director that cannot start', () => {
  test('because another one runs there says so, exits 1 and does not disturb it', async () => {
    const place = await home();
    const first = await start(place);
    const refused = await startRefused(place);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(`weir: a director is running already\n  where: ${place.socket}\n  fix: `);
    expect(JSON.parse((await weir(['status', '--json'], { socket: place.socket })).stdout).director.pid).toBe(
      first.pid,
    );
  });

  test('because its saved rules are malformed names the line, exits 1 and leaves file and socket as they were', async () => {
    const place = await home();
    mkdirSync(place.state);
    writeFileSync(place.rules, `${RULES}-A -t 10.1.1.22:80 -s\n`);
    const refused = await startRefused(place);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`where: ${place.rules}:3\n`);
    expect(readFileSync(place.rules, 'utf8')).toBe(`${RULES}-A -t 10.1.1.22:80 -s\n`);
    expect(existsSync(place.socket)).toBe(false);
  });

  test('because its saved rules name an unknown scheduler says which', async () => {
    const place = await home();
    mkdirSync(place.state);
    writeFileSync(place.rules, '-A -t 10.1.1.22:80 -s nosuch\n');
    const refused = await startRefused(place);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("there is no scheduler 'nosuch'");
  });

  test('because its saved rules cannot be read says why', async () => {
    const place = await home();
    mkdirSync(place.rules, { recursive: true });
    const refused = await startRefused(place);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/the saved rules cannot be read\n {2}where: .*rules\.ipvs\n {2}found: EISDIR/u);
    expect(statSync(place.rules).isDirectory()).toBe(true);
  });

  test('because its socket cannot be made says why', async () => {
    const place = await home();
    const socket = join('/proc', 'weir', 'weir.sock');
    const refused = await startRefused({ ...place, socket });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain(`weir: the socket of the director cannot be made\n  where: ${socket}\n`);
  });
});

describe('saving', () => {
  test('to a folder that cannot be written says so, exits 1, and the director lives on', async () => {
    const place = await home();
    const director = await start(place);
    writeFileSync(place.state, 'in the way');
    const saved = await weir(['save'], { socket: place.socket });
    expect(saved.code).toBe(1);
    expect(saved.stderr).toContain('weir: the rules cannot be saved; what was saved before is unchanged\n');
    expect((await weir(['status'], { socket: place.socket })).stdout).toContain(`process ${director.pid},`);
  });

  test('and restoring by file, folder and standard streams gives the same rules', async () => {
    const place = await home();
    await start(place);
    const { socket } = place;
    await weir(['restore', '-'], { socket, input: RULES });
    const { stdout: rules } = await weir(['save', '-'], { socket });
    const file = join(place.state, 'other', 'file');
    expect(await weir(['save', file], { socket })).toMatchObject({ code: 0, stdout: `saved to ${file}\n` });
    await weir(['save', '--state', place.state], { socket });
    expect([readFileSync(file, 'utf8'), readFileSync(place.rules, 'utf8')]).toEqual([rules, rules]);

    await weir(['restore', '-'], { socket, input: '' });
    expect((await weir(['restore', '--dry-run', file], { socket })).stdout).toBe(RULES);
    expect((await weir(['restore', file], { socket })).stdout).toBe('2 changes, table version 3\n');
    expect((await weir(['restore'], { socket })).stdout).toBe('0 changes, table version 3\n');
    expect((await weir(['save', '-'], { socket })).stdout).toBe(rules);
  });
});

describe('the log', () => {
  test('that nobody reads any more does not end the director', async () => {
    const place = await home();
    const child = launch(['run', ...place.words], { socket: place.socket });
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdout?.destroy();
    await untilAnswering(place.socket);
    for (let round = 0; round < 3; round++) {
      expect((await weir(['restore', '-'], { socket: place.socket, input: round % 2 === 0 ? RULES : '' })).code).toBe(
        0,
      );
    }
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
  });

  test('on a full disk does not end the director', async () => {
    const place = await home();
    const full = openSync('/dev/full', 'w');
    const child = launch(['run', ...place.words], {
      socket: place.socket,
      options: { stdio: ['ignore', full, 'pipe'] },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await untilAnswering(place.socket);
    expect((await weir(['restore', '-'], { socket: place.socket, input: RULES })).code).toBe(0);
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
  });
});

/** A director without a readable log is ready when it answers. */
async function untilAnswering(socket: string): Promise<void> {
  for (;;) {
    try {
      await (await connectDirector(socket)).status();
      return;
    } catch {
      await new Promise((resolve) => void setTimeout(resolve, 20));
    }
  }
}
