import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDirector } from '../../src/daemon/client.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { answers, connections, eventually, labWithRules, load, output, type, url, wrkResult } from '../support/lab.ts';

/** Nothing that happens to the daemon or to other rules costs a client a request. */
describe.each(['tc', 'xdp'] as const)('nat on %s', (hook) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await labWithRules('nat', hook);
  });
  afterAll(async () => {
    await lab.down();
  });

  const statistics = async () => await (await connectDirector(lab.socket)).statistics();
  /** Runs `wrk` from the client for some seconds and does something meanwhile. */
  const underLoad = async (seconds: number, meanwhile: () => Promise<void>): Promise<void> => {
    const wrk = output(lab, lab.client, ['wrk', '-t1', '-c16', `-d${seconds}`, '-H', 'Connection: close', url(lab)]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await meanwhile();
    const { requests, errors } = wrkResult(await wrk);
    expect(errors).toBe('');
    expect(requests).toBeGreaterThan(1000);
  };

  test('the daemon is killed and started again: no request fails, rules, counters and connections stay', async () => {
    await answers(lab, 100);
    const before = await statistics();
    await underLoad(6, async () => {
      await lab.stopDirector('SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 500));
      await lab.startDirector();
    });
    const [service] = await statistics();
    expect(service?.destinations.map(({ id }) => id.address)).toEqual(['1.1.1.129', '1.1.1.128']);
    for (const [place, destination] of service!.destinations.entries()) {
      expect(destination.counters.connections).toBeGreaterThan(
        before[0]!.destinations[place]!.counters.connections + 500n,
      );
    }
    const [a = 0n, b = 0n] = service!.destinations.map(({ counters }) => counters.connections);
    expect(Number(a > b ? a - b : b - a)).toBeLessThanOrEqual(1);
    expect((await connections(lab)).length).toBeGreaterThan(100);
  });

  test('forwarding goes on while there is no daemon at all', async () => {
    await lab.stopDirector('SIGKILL');
    expect(await answers(lab, 100)).toEqual({ web1: 50, web2: 50 });
    await lab.startDirector();
  });

  test('services and servers come and go beside it, its own servers are edited: no request fails', async () => {
    await underLoad(6, async () => {
      for (let i = 0; i < 10; i++) {
        await type(lab, `-A -t 10.1.1.21:${8000 + i} -s wrr`, `-a -t 10.1.1.21:${8000 + i} -r 1.1.1.128:80 -m -w ${i}`);
        await type(
          lab,
          `-e -t 10.1.1.21:80 -r 1.1.1.128:80 -m -w ${1 + (i % 3)}`,
          `-E -t 10.1.1.21:80 -s ${i % 2 ? 'rr' : 'wrr'}`,
        );
      }
      for (let i = 0; i < 10; i++) await type(lab, `-D -t 10.1.1.21:${8000 + i}`);
    });
    await type(lab, '-E -t 10.1.1.21:80 -s rr', '-e -t 10.1.1.21:80 -r 1.1.1.128:80 -m');
  });

  test('a server is quiesced and comes back under load: no request fails', async () => {
    await underLoad(5, async () => {
      await type(lab, '-e -t 10.1.1.21:80 -r 1.1.1.128:80 -m -w 0');
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await type(lab, '-e -t 10.1.1.21:80 -r 1.1.1.128:80 -m -w 1');
    });
    expect(await answers(lab, 100)).toEqual({ web1: 50, web2: 50 });
  });

  test('the load counters agree with the table of connections afterwards', async () => {
    const counted = async (): Promise<number> => (await connections(lab)).length;
    const summed = async (): Promise<number> =>
      Object.values(await load(lab)).reduce((sum, [active, inactive]) => sum + active + inactive, 0);
    await eventually(async () => (await summed()) - (await counted()), 0);
    expect(await summed()).toBeGreaterThan(0);
  });
});
