import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FarEnds, furnish } from '../../bench/far-ends.ts';
import { planBytes } from '../../bench/frames/plan.ts';
import { requests } from '../../bench/frames/traffic.ts';
import { PORT, letInFrames, weirOn } from '../../bench/live/candidates.ts';
import { type BenchRun, openRun, removeRun } from '../../bench/run-folder.ts';
import { type Trio, buildTrio, planTrio } from '../../bench/trio.ts';
import { socketOf, startWeir } from '../../bench/weir.ts';
import { type DirectorClient, connectDirector } from '../../src/daemon/client.ts';
import { insideNamespace, processesInside } from '../../src/kernel/namespace.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const POUR = fileURLToPath(new URL('../support/pour.mjs', import.meta.url));
/** Frames a second, and the connections that they belong to. */
const RATE = 500_000;
const FLOWS = 1000;

/** Frames of 64 bytes in connections that exist, half a million a second: as many come out at the real server as went in. */
describe.each(['tc', 'xdp'] as const)('masquerading on %s', (hook) => {
  let own: BenchRun;
  let trio: Trio;
  let far: FarEnds;
  let director: DirectorClient;
  beforeAll(async () => {
    own = openRun();
    trio = planTrio(own.prefix, own.folder, `pour-${hook}`);
    await buildTrio(trio, hook === 'xdp');
    far = await furnish(trio, hook);
    await letInFrames(trio);
    await weirOn(hook, '-m').start(trio, ROOT);
    director = await connectDirector(socketOf(trio));
    while ((await connections()) < FLOWS) await pour('S', () => sleep(50));
    await pour('A', () => sleep(50));
  });
  afterAll(async () => {
    far.close();
    await removeRun(own);
  });

  async function connections(): Promise<number> {
    const [service] = await director.statistics();
    return service!.destinations.reduce((sum, { active, inactive }) => sum + active + inactive, 0);
  }

  /** Sends while something is done. @returns frames sent, and frames that have arrived */
  async function pour(flags: string, deed: () => Promise<unknown>): Promise<{ sent: number; arrived: number }> {
    const before = far.sunk();
    const ends = { director: far.ingress.mac, client: far.client.mac };
    const plan = planBytes(requests(ends, PORT, flags, { flows: FLOWS, first: 0, order: 'in-turn' }));
    const words = [far.client.index, far.sunkMap, plan.toString('hex'), RATE].map(String);
    const [program, ...args] = insideNamespace(trio.client, [process.execPath, POUR, ...words]);
    const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(child.stdout, 'data');
    try {
      await deed();
    } finally {
      child.kill('SIGTERM');
      await once(child, 'close');
    }
    for (let seen = -1; seen !== far.sunk(); await sleep(20)) seen = far.sunk();
    return { sent: Number(said.trim().split('\n').at(-1)), arrived: far.sunk() - before };
  }

  async function losslessly(deed: () => Promise<unknown>): Promise<void> {
    const { sent, arrived } = await pour('A', async () => {
      await sleep(300);
      await deed();
      await sleep(300);
    });
    expect({ arrived, many: sent > 10_000 }).toEqual({ arrived: sent, many: true });
  }

  test('rules beside it come and go, its own server gets other weights', async () => {
    const rules = await director.rules();
    const many = Array.from({ length: 2500 }, (_, i) => {
      const service = `10.2.${i >> 8}.${i & 255}:80`;
      return `-A -t ${service} -s wrr\n-a -t ${service} -r 1.1.1.128:80 -m -w 1\n`;
    }).join('');
    await losslessly(async () => {
      await director.restore({ rules: rules + many });
      for (const weight of [2, 3, 1]) await director.restore({ rules: rules.replace('-w 1', `-w ${weight}`) + many });
      await director.restore({ rules });
    });
  });

  test('the daemon is killed, and the next one puts its programs in the place of those that run', async () => {
    await losslessly(async () => {
      for (const pid of processesInside([trio.director])) process.kill(pid, 'SIGKILL');
      await startWeir(trio, { root: ROOT, hook });
    });
  });
});
