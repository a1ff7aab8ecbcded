import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDirector } from '../../src/daemon/client.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { arrivedDatagrams, countDatagrams, sendDatagrams } from '../support/datagrams.ts';
import { answers, eventually, labWithRules, output, type, url, wrkResult } from '../support/lab.ts';
import { grown, whereabouts } from '../support/losses.ts';

/** Seconds of traffic beside what is done meanwhile; more for a long look. */
const SECONDS = Number(process.env['WEIR_LOSSLESS_SECONDS'] ?? 1);
const PORT = 9999;
const SERVERS = ['web1', 'web2'];
/** Of iperf3. */
const BULK_PORT = 5201;

/** What is sent is counted, and what arrives: whatever is done to rules, programs and the daemon, the two are equal. */
describe.each(['tc', 'xdp'] as const)('nat on %s', (hook) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await labWithRules('nat', hook);
    await type(
      lab,
      `-A -u 10.1.1.21:${PORT} -s rr`,
      `-a -u 10.1.1.21:${PORT} -r 1.1.1.128:${PORT} -m`,
      `-a -u 10.1.1.21:${PORT} -r 1.1.1.129:${PORT} -m`,
    );
    for (const host of SERVERS) await countDatagrams(lab, host, PORT);
    await type(lab, `-A -t 10.1.1.21:${BULK_PORT} -s rr`, `-a -t 10.1.1.21:${BULK_PORT} -r 1.1.1.128:${BULK_PORT} -m`);
    lab.spawn('web1', ['iperf3', '-s', '-p', String(BULK_PORT)]);
    // Their MAC addresses are known from here on: what waits for an address has a queue of a few packets.
    await answers(lab, 4);
  });
  afterAll(async () => {
    await lab.down();
  });

  const arrived = async (): Promise<number> =>
    (await Promise.all(SERVERS.map((host) => arrivedDatagrams(lab, host)))).reduce((sum, count) => sum + count, 0);
  const rest = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, (SECONDS * 1000) / 2));
  };
  /** Does something under a stream of datagrams and requests: none of them is lost. */
  const losslessly = async (deed: () => Promise<void>): Promise<void> => {
    const before = await arrived();
    const first = await whereabouts(lab);
    const wrk = lab.spawn(lab.client, ['wrk', '-t1', '-c8', '-d120s', '-H', 'Connection: close', url(lab)]);
    let report = '';
    wrk.stdout!.on('data', (chunk: Buffer) => (report += chunk.toString()));
    const datagrams = await sendDatagrams(lab, '10.1.1.21', PORT);
    await rest();
    await deed();
    await rest();
    const ended = new Promise((resolve) => wrk.once('close', resolve));
    wrk.kill('SIGINT');
    await ended;
    const sent = await datagrams.stop();
    const { requests, errors } = wrkResult(report);
    expect({ errors, served: requests > 100, many: sent > 10_000 }).toEqual({ errors: '', served: true, many: true });
    await eventually(async () => (await arrived()) - before, sent).catch(async (error: Error) => {
      error.message += `; meanwhile ${JSON.stringify(grown(first, await whereabouts(lab)))}`;
      throw error;
    });
  };

  test('services and servers beside it are added, edited, removed; its own are edited', async () => {
    const director = await connectDirector(lab.socket);
    const rules = await director.rules();
    const beside = '-A -t 10.1.1.21:8000 -s wrr\n-a -t 10.1.1.21:8000 -r 1.1.1.128:80 -m -w 1\n';
    const edited = rules.replaceAll(`128:${PORT} -m -w 1`, `128:${PORT} -m -w 3`);
    await losslessly(async () => {
      for (const scheduler of ['wrr', 'wlc', 'mh', 'sh', 'rr']) {
        await director.restore({ rules: rules + beside });
        await director.restore({ rules: edited.replaceAll('-s rr', `-s ${scheduler}`) + beside });
        await director.restore({ rules: rules + beside.split('\n')[0] });
        await director.restore({ rules });
      }
    });
  });

  test('10,000 lines of rules are restored over it, and taken away again', async () => {
    const director = await connectDirector(lab.socket);
    const rules = await director.rules();
    const many = Array.from({ length: 5000 }, (_, i) => {
      const service = `10.2.${i >> 8}.${i & 255}:80`;
      return `-A -t ${service} -s rr\n-a -t ${service} -r 1.1.1.128:80 -m -w 1\n`;
    }).join('');
    await losslessly(async () => {
      expect((await director.restore({ rules: rules + many })).operations).toHaveLength(10_000);
      await director.restore({ rules });
    });
  });

  test('the daemon is killed, and the next one puts its programs in the place of those that run', async () => {
    await losslessly(async () => {
      await lab.stopDirector('SIGKILL');
      await rest();
      await lab.startDirector();
    });
    expect(await output(lab, lab.director, ['weir', 'status'])).not.toContain('fault ');
  });

  test('a connection that carries data all the time goes on through all of it', async () => {
    const director = await connectDirector(lab.socket);
    const rules = await director.rules();
    const bulk = startBulk(lab);
    await rest();
    await director.restore({ rules: rules.replaceAll(`${BULK_PORT} -m -w 1`, `${BULK_PORT} -m -w 0`) });
    await director.restore({ rules });
    await lab.stopDirector('SIGKILL');
    await rest();
    await lab.startDirector();
    await rest();
    const { error, megabytes } = await bulk.stop();
    expect({ error, flowed: Math.min(...megabytes) > 1 }).toEqual({ error: INTERRUPTED, flowed: true });
  });
});

const INTERRUPTED = 'interrupt - the client has terminated';

/** One TCP connection that carries data all the time; megabytes of each second. */
function startBulk(lab: Lab): { stop(): Promise<{ error: string; megabytes: number[] }> } {
  const words = ['-c', '10.1.1.21', '-p', String(BULK_PORT), '-t', '120', '-J'];
  const child = lab.spawn(lab.client, ['iperf3', ...words]);
  let report = '';
  child.stdout!.on('data', (chunk: Buffer) => (report += chunk.toString()));
  return {
    async stop() {
      const closed = once(child, 'close');
      child.kill('SIGINT');
      await closed;
      const { error = '', intervals = [] } = JSON.parse(report) as Iperf3Report;
      // The last second is cut short.
      return { error, megabytes: intervals.slice(0, -1).map(({ sum }) => sum.bytes / 1e6) };
    },
  };
}

interface Iperf3Report {
  error?: string;
  intervals?: { sum: { bytes: number } }[];
}
