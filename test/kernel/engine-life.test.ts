import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectDirector } from '../../src/daemon/client.ts';
import { PIN_LAYOUT, viewOf, writeSettings } from '../../src/engine/ebpf/maps/tables.ts';
import { readLoadRecord, writeLoadRecord } from '../../src/kernel/abi.generated.ts';
import { BpfMap } from '../../src/kernel/bpf-map.ts';
import { isBpffs, openPin } from '../../src/kernel/bpffs.ts';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { advanceClock } from '../../src/lab/clock.ts';
import { answers, connections, directorLogText, output, type } from '../support/lab.ts';
import { startAgent } from '../support/agent.ts';

/** What the life of the daemon and of its tables must not do to what it forwards. */
let lab: Lab;
beforeEach(async () => {
  lab = await buildLab(await loadTopology('nat'), { hook: 'tc', rules: true });
});
afterEach(async () => {
  await lab.down();
});

const SERVICE = '10.1.1.21:80';
const EVEN = { web1: 25, web2: 25 };

async function restart(): Promise<void> {
  await lab.stopDirector('SIGKILL');
  await lab.startDirector();
}

test('the longest timeouts that --set takes keep connections', async () => {
  await type(lab, '--set 2678400 2678400 2678400');
  expect(await answers(lab, 50)).toEqual(EVEN);
  expect((await connections(lab)).length).toBe(50);
  advanceClock(lab, 30);
  expect(await answers(lab, 50)).toEqual(EVEN);
});

test('a second daemon does not touch the tables of the first, whatever its socket is called', async () => {
  const { code, stderr } = await lab.exec(lab.director, [
    'timeout',
    '20',
    'weir',
    'run',
    '--interface',
    'eth0',
    '--socket',
    join(lab.folder(lab.director), 'second.sock'),
    '--state',
    join(lab.folder(lab.director), 'second'),
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain('another director keeps its tables in the same folder');
  expect(await answers(lab, 50)).toEqual(EVEN);
});

test('further signals to stop right after the first keep nothing from being taken off', async () => {
  const pins = join(lab.folder(lab.director), 'bpf');
  expect(isBpffs(pins)).toBe(true);
  for (const pause of [1, 2, 4]) {
    process.kill(lab.directorPid, 'SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  await lab.stopDirector('SIGTERM');
  expect(existsSync(pins)).toBe(false);
});

test('a director whose mounts would end with it warns of that, and another does not', async () => {
  const warning = 'this process has a mount namespace of its own';
  expect(await directorLogText(lab)).not.toContain(warning);
  await lab.stopDirector('SIGTERM');
  const folder = lab.folder(lab.director);
  const places = ['--socket', join(folder, 'weir.sock'), '--state', join(folder, 'state')];
  const run = ['timeout', '5', 'weir', 'run', '--interface', 'eth0', ...places];
  const { stdout } = await lab.exec(lab.director, ['unshare', '--mount', ...run]);
  expect(stdout).toContain(warning);
  expect(stdout).toContain('"msg":"stopped"');
});

test('a restart that fails leaves the forwarding of the earlier process in place', async () => {
  await lab.stopDirector('SIGKILL');
  await output(lab, lab.director, 'ip link set dev eth1 xdpgeneric off; ip link set dev eth1 mtu 1500');
  const occupier = lab.spawn(lab.director, [process.execPath, '--input-type=module', '-e', OCCUPY]);
  await new Promise((resolve) => occupier.stdout!.once('data', resolve));
  await expect(lab.startDirector('ebpf', ['--hook', 'xdp'])).rejects.toThrow();
  expect(await answers(lab, 50)).toEqual(EVEN);
});

/** Holds native XDP on eth1 with a program that passes everything, and says so. */
const OCCUPY = `
  const DIST = '${join(import.meta.dirname, '../../dist')}';
  const { loadObject } = await import(DIST + '/kernel/bpf-object.js');
  const { attachXdp } = await import(DIST + '/kernel/hooks.js');
  const { findInterface } = await import(DIST + '/kernel/interfaces.js');
  const { objectPath } = await import(DIST + '/engine/ebpf/maps/object-path.js');
  const object = loadObject(objectPath('xdp'), { reuse: new Map(), sizes: new Map() });
  attachXdp(object.program('weir_xdp'), findInterface('eth1'));
  console.log('attached');
  setInterval(() => {}, 1000);`;

test('a daemon killed between a service and the count of services goes on with the service', async () => {
  await lab.stopDirector('SIGKILL');
  const settings = new BpfMap(
    openPin(join(lab.folder(lab.director), 'bpf', PIN_LAYOUT, 'maps', 'settings')),
    'settings',
  );
  writeSettings(settings, { services4: 0, added: 0 });
  settings.close();
  await lab.startDirector();
  expect(await answers(lab, 50)).toEqual(EVEN);
  await type(lab, '-A -t 10.1.1.21:81 -s rr');
  await restart();
  const { services } = await (await connectDirector(lab.socket)).table();
  expect(services.map(({ match }) => match)).toMatchObject([{ port: 80 }, { port: 81 }]);
});

test('a server that is deleted and added again after a restart gets its connections back', async () => {
  const service = '10.1.1.21:9000';
  const server = startAgent(lab, 'web1');
  await server.tell('listen 9000', 'listening');
  await type(lab, `-A -t ${service} -s rr`, `-a -t ${service} -r 1.1.1.128:9000 -m`);
  const client = startAgent(lab, lab.client);
  await client.tell('connect 10.1.1.21 9000', 'connected');
  await server.hears('accepted');
  await type(lab, `-d -t ${service} -r 1.1.1.128:9000`);
  await restart();
  await type(lab, `-a -t ${service} -r 1.1.1.128:9000 -m`);
  await client.tell('send again');
  await server.hears('data again');
  client.stop();
});

test('rules that are cleared and typed again and again use up nothing', async () => {
  const facts = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await (await connectDirector(lab.socket)).status()).facts.map(({ name, value }) => [name, value]),
    );
  expect(await answers(lab, 50)).toEqual(EVEN);
  const lines = [`-D -t ${SERVICE}`, `-A -t ${SERVICE} -s rr`];
  const servers = ['1.1.1.128:80', '1.1.1.129:80'].map((server) => `-a -t ${SERVICE} -r ${server} -m`);
  for (let i = 0; i < 5; i++) await type(lab, ...lines, ...servers);
  expect(await answers(lab, 50)).toEqual(EVEN);
  expect((await facts())['destinations']).toMatch(/^2 of /);
  const slot = new BpfMap(openPin(join(lab.folder(lab.director), 'bpf', PIN_LAYOUT, 'maps', 'services')), 'services');
  const ids = [...slot.batches()].flatMap(({ count, values }) =>
    Array.from({ length: count }, (_, i) => values.readUInt32LE(i * slot.valueSize)),
  );
  slot.close();
  expect(ids.every((id) => id <= 1)).toBe(true);
});

test('load counters that are wrong are right again when the table has been counted twice', async () => {
  expect(await answers(lab, 50)).toEqual(EVEN);
  const listed = async (): Promise<string[][]> =>
    (await output(lab, lab.director, 'ipvsadm -L -n')).split('\n').flatMap((line) => {
      const [arrow, server, , , active, inactive] = line.trim().split(/\s+/);
      return arrow === '->' && active !== undefined && server!.startsWith('1.') ? [[server!, active, inactive!]] : [];
    });
  const right = await listed();
  expect(right).toHaveLength(2);
  const loads = new BpfMap(openPin(join(lab.folder(lab.director), 'bpf', PIN_LAYOUT, 'maps', 'loads')), 'loads');
  for (const index of [0, 1]) {
    const value = loads.at(index);
    writeLoadRecord(viewOf(value), { ...readLoadRecord(viewOf(value)), active: 1_000 - index, inactive: 0xffff_fff0 });
    loads.set(index, value);
  }
  loads.close();
  expect(await listed()).not.toEqual(right);
  await expect.poll(listed, { timeout: 20_000 }).toEqual(right);
});

test('what leads out of an interface without XDP is sent by TC', async () => {
  await lab.stopDirector('SIGTERM');
  expect(existsSync(join(lab.folder(lab.director), 'bpf'))).toBe(false);
  // A bridge has no way to take frames from XDP: they would be lost without a word.
  await output(
    lab,
    lab.director,
    'ip link add br0 type bridge && ip address flush dev eth1 && ip link set eth1 master br0 && ip link set br0 up && ip address add 1.1.1.1/24 dev br0',
  );
  await lab.startDirector('ebpf', ['--interface', 'eth0', '--hook', 'xdp']);
  expect(isBpffs(join(lab.folder(lab.director), 'bpf'))).toBe(true);
  await type(lab, `-A -t ${SERVICE} -s rr`, `-a -t ${SERVICE} -r 1.1.1.128:80 -m`);
  const heard = lab.exec('web1', ['timeout', '5', 'tcpdump', '-n', '-c', '1', '-i', 'any', 'tcp dst port 80']);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await lab.exec(lab.client, ['curl', '-sS', '--max-time', '2', `http://${SERVICE}/`]);
  expect((await heard).stdout).toContain('> 1.1.1.128.80: Flags [S]');
  const { reasons } = await (await connectDirector(lab.socket)).status();
  expect(reasons.map(({ reason }) => reason)).toContain('no-xdp-on-way-out');
});
