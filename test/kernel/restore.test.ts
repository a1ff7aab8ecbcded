import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDirector, type DirectorClient } from '../../src/daemon/client.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { labWithRules, output, url } from '../support/lab.ts';

const SERVICE = '10.1.1.21:80';
const WEB1 = `-a -t ${SERVICE} -r 1.1.1.128:80 -m -w 1`;
const WEB2 = `-a -t ${SERVICE} -r 1.1.1.129:80 -m -w 1`;
const OTHER = '-A -t 10.1.1.21:8080 -s wrr\n-a -t 10.1.1.21:8080 -r 1.1.1.128:80 -m -w 5\n';

/** Rules that differ in the order of the servers, the scheduler, the timeouts, and in services beside. */
const VARIANTS = [
  `-A -t ${SERVICE} -s rr\n${WEB2}\n${WEB1}\n`,
  `-A -t ${SERVICE} -s wrr\n${WEB1}\n${WEB2}\n${OTHER}`,
  `-A -t ${SERVICE} -s rr\n${WEB1}\n${WEB2}\n--set 600 60 60\n`,
  `${OTHER}-A -t ${SERVICE} -s rr\n${WEB2}\n${WEB1}\n`,
  `-A -t ${SERVICE} -s rr\n${WEB1}\n${WEB2}\n`,
];

let lab: Lab;
let director: DirectorClient;

beforeAll(async () => {
  lab = await labWithRules('nat', 'tc');
  director = await connectDirector(join(lab.folder(lab.director), 'weir.sock'));
});

afterAll(async () => {
  await lab.down();
});

test('a server that moves in the walk keeps its connections and its counters', async () => {
  await director.restore({ rules: VARIANTS[4] ?? '' });
  await director.zero();
  const held = output(
    lab,
    lab.client,
    `(printf 'GET / HTTP/1.0\\r\\n'; sleep 2; printf '\\r\\n'; sleep 1) | socat - TCP:10.1.1.21:80`,
  );
  await untilConnections(1);
  const { operations } = await director.restore({ rules: VARIANTS[0] ?? '' });
  expect(operations.map((operation) => operation.do)).toEqual(['delete-destination', 'add-destination']);
  const [service] = await director.statistics();
  expect(service?.destinations.reduce((sum, { active }) => sum + active, 0)).toBe(1);
  expect(service?.destinations.reduce((sum, { counters }) => sum + counters.connections, 0n)).toBe(1n);
  expect(await held).toMatch(/200 OK[^]*web[12]/u);
});

test('a dry run asks the engine, and changes nothing', async () => {
  const { version } = await director.table();
  const wanted = { rules: VARIANTS[1] ?? '', dryRun: true };
  expect((await director.restore(wanted)).operations.length).toBeGreaterThan(0);
  const synchronised = `-A -t ${SERVICE} -s rr\n--start-daemon master --mcast-interface eth0\n`;
  await expect(director.restore({ ...wanted, rules: synchronised })).rejects.toMatchObject({
    code: 'ENGINE_UNSUPPORTED',
  });
  expect((await director.table()).version).toBe(version);
});

test('restoring rules while requests run fails none of them', async () => {
  const load = output(lab, lab.client, ['wrk', '-t1', '-c16', '-d5s', '-H', 'Connection: close', url(lab)]);
  const end = performance.now() + 4_500;
  let restores = 0;
  while (performance.now() < end) {
    await director.restore({ rules: VARIANTS[restores % VARIANTS.length] ?? '' });
    restores += 1;
  }
  const report = await load;
  expect(report).not.toContain('Socket errors');
  expect(report).not.toContain('Non-2xx');
  expect(Number(/(\d+) requests in/u.exec(report)?.[1])).toBeGreaterThan(500);
  expect(restores).toBeGreaterThan(20);
});

/** Waits for that many active connections of the first service. */
async function untilConnections(count: number): Promise<void> {
  for (;;) {
    const [service] = await director.statistics();
    if (service?.destinations.reduce((sum, { active }) => sum + active, 0) === count) return;
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
}
