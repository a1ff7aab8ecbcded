import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { connectDirector } from '../../src/daemon/client.ts';
import { answers, eventually, output, type } from '../support/lab.ts';

/** A director on a kernel without tcx: its programs are filters of clsact, which no link holds. */

const VIP = '10.1.1.21';
const OWN = '1.1.1.130';
const EVEN = { web1: 10, web2: 10 };
const FOREIGN_TC = fileURLToPath(new URL('../support/foreign-tc.mjs', import.meta.url));
const WITHOUT_TCX = fileURLToPath(new URL('../support/without-tcx.mjs', import.meta.url));

let lab: Lab;
beforeAll(async () => {
  lab = await buildLab(await loadTopology('nat'), { hook: 'tc', engine: 'none' });
  await startWithoutTcx();
  await lab.applyRules();
});
afterAll(async () => {
  await lab.down();
});

async function startWithoutTcx(): Promise<void> {
  vi.stubEnv('NODE_OPTIONS', `--import ${WITHOUT_TCX}`);
  try {
    await lab.startDirector();
  } finally {
    vi.unstubAllEnvs();
  }
}

const onDirector = async (command: string): Promise<string> => await output(lab, lab.director, command);
const filters = async (name: string, direction: 'ingress' | 'egress'): Promise<string[]> =>
  Array.from(
    (await onDirector(`tc filter show dev ${name} ${direction}`)).matchAll(/ handle 0x1 (weir_tc\w*)/g),
    ([, program]) => program!,
  );
const strangers = async () => (await (await connectDirector(lab.socket)).status()).strangers;
const hooks = async (): Promise<string[]> =>
  (await (await connectDirector(lab.socket)).status()).facts
    .filter(({ name }) => name.startsWith('interface ') || name === 'packets of its own')
    .map(({ value }) => value.replace(/ \(.*/, ''));

test('its programs are filters, on the loopback too, and forward', async () => {
  expect(await hooks()).toEqual(['clsact', 'clsact', 'clsact on lo']);
  expect([await filters('eth0', 'ingress'), await filters('lo', 'ingress')]).toEqual([['weir_tc'], ['weir_tc_own']]);
  expect(await answers(lab, 20)).toEqual(EVEN);
});

test('a filter of somebody else before its own is named', async () => {
  expect(await strangers()).toEqual([]);
  await onDirector(`${process.execPath} ${FOREIGN_TC} clsact eth1 $(ip -o link show eth1 | cut -d: -f1)`);
  const program = expect.any(Number) as number;
  expect(await strangers()).toEqual([
    { interface: 'eth1', hook: 'clsact', program, name: 'foreign', priority: 10, instead: false },
  ]);
  expect(await answers(lab, 20)).toEqual(EVEN);
  await onDirector('tc filter del dev eth1 ingress pref 10');
  expect(await strangers()).toEqual([]);
});

test('a real server that is the director itself is reached, and filters look at what leaves as long as there is one', async () => {
  const server = lab.spawn(lab.director, [process.execPath, '-e', SERVER]);
  await once(server.stdout!, 'data');
  await type(lab, `-A -t ${VIP}:82 -s rr`, `-a -t ${VIP}:82 -r ${OWN}:8080 -m`);
  expect(await filters('eth0', 'egress')).toEqual(['weir_tc_out']);
  for (const host of [lab.client, lab.director])
    expect(await output(lab, host, `curl -sS --max-time 5 http://${VIP}:82/`)).toBe('director\n');
  await type(lab, `-D -t ${VIP}:82`);
});

const SERVER =
  "require('http').createServer((_, response) => response.end('director\\n')).listen(8080, () => console.log('listening'))";

test('a filter that somebody deletes is put back', async () => {
  await onDirector("tc filter add dev eth0 ingress pref 60000 bpf bytecode '1,6 0 0 0' flowid 1:1");
  await onDirector('tc filter del dev eth1 ingress');
  const removed = async () =>
    (await (await connectDirector(lab.socket)).status()).faults.find(({ fault }) => fault === 'program-removed')?.count;
  await eventually(removed, 1);
  expect(await filters('eth1', 'ingress')).toEqual(['weir_tc']);
  expect(await answers(lab, 20)).toEqual(EVEN);
});

test('killed, it forwards on; the next one puts its own programs in their places', async () => {
  await lab.stopDirector('SIGKILL');
  expect(await answers(lab, 20)).toEqual(EVEN);
  await startWithoutTcx();
  expect(await filters('eth0', 'ingress')).toEqual(['weir_tc']);
  expect(await answers(lab, 20)).toEqual(EVEN);
});

test('ended, it takes its filters with it, and leaves the qdisc and the filters of others', async () => {
  await lab.stopDirector('SIGTERM');
  for (const name of ['lo', 'eth0', 'eth1'])
    expect([...(await filters(name, 'ingress')), ...(await filters(name, 'egress'))]).toEqual([]);
  expect(await onDirector('tc filter show dev eth0 ingress')).toContain('bytecode');
});
