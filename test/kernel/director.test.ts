import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDirector } from '../../src/daemon/client.ts';
import { PIN_LAYOUT, writeSettings } from '../../src/engine/ebpf/maps/tables.ts';
import { Journal } from '../../src/engine/ebpf/rules/journal.ts';
import { startTurn } from '../../src/engine/ebpf/rules/turn.ts';
import { BpfMap } from '../../src/kernel/bpf-map.ts';
import { openPin } from '../../src/kernel/bpffs.ts';
import { addNamespaces, deleteNamespaces, insideNamespace, ipBatch } from '../../src/kernel/namespace.ts';
import { matchKey } from '../../src/lvs/service.ts';
import { emptyTable } from '../../src/lvs/table.ts';
import { temporaryFolder } from '../support/director.ts';
import { startWeir, weir, type RunningDirector } from '../support/weir.ts';

const NAMESPACE = `weir-${process.pid}-director`;
const WITHIN = insideNamespace(NAMESPACE, []);

const NO_LOG = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const RULES = '-A -t 10.1.1.21:80 -s rr\n-a -t 10.1.1.21:80 -r 1.1.1.128:80 -m -w 1\n';
const OTHER_RULES = '-A -t 10.1.1.22:80 -s wrr\n-a -t 10.1.1.22:80 -r 1.1.1.129:80 -m -w 3\n';

beforeAll(async () => {
  await addNamespaces([NAMESPACE]);
  await ipBatch(
    ['link add eth0 type veth peer name peer0', 'link set lo up', 'link set eth0 up', 'link set peer0 up'],
    NAMESPACE,
  );
});

afterAll(async () => {
  await deleteNamespaces([NAMESPACE]);
});

/** A director that forwards on eth0 of the namespace. */
async function startForwarding(folder: string, words: readonly string[] = []): Promise<RunningDirector> {
  return await startWeir(['--state', join(folder, 'state'), '--interface', 'eth0', '--connections', '4096', ...words], {
    socket: socketIn(folder),
    within: WITHIN,
  });
}

function socketIn(folder: string): string {
  return join(folder, 'weir.sock');
}

/** The rules in force, without comment and timeouts. */
async function rulesOf(folder: string): Promise<string> {
  const { stdout } = await weir(['save', '-'], { socket: socketIn(folder) });
  return stdout.split('\n').slice(2).join('\n');
}

describe('a director that forwards', () => {
  test('and ends leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    const director = await startForwarding(folder);
    await weir(['restore', '-'], { socket: socketIn(folder), input: RULES });
    director.kill('SIGTERM');
    expect((await director.ended).code).toBe(0);
    expect(pinsIn(folder)).toEqual([]);
    expect(existsSync(socketIn(folder))).toBe(false);
  });

  test('and ends with --keep leaves its table to the next one', async () => {
    const folder = await temporaryFolder();
    const first = await startForwarding(folder, ['--keep']);
    await weir(['restore', '-'], { socket: socketIn(folder), input: RULES });
    first.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    expect(pinsIn(folder)).not.toEqual([]);

    const second = await startForwarding(folder);
    expect(await rulesOf(folder)).toBe(RULES);
    second.kill('SIGTERM');
    await second.ended;
  });

  test('and is killed leaves its table to the next one, which does not restore older rules over it', async () => {
    const folder = await temporaryFolder();
    const first = await startForwarding(folder);
    await weir(['restore', '-'], { socket: socketIn(folder), input: OTHER_RULES });
    await weir(['save'], { socket: socketIn(folder) });
    await weir(['restore', '-'], { socket: socketIn(folder), input: RULES });
    first.kill('SIGKILL');
    await first.ended;

    const second = await startForwarding(folder);
    expect(await rulesOf(folder)).toBe(RULES);
    second.kill('SIGTERM');
    await second.ended;

    // With nothing in force the saved rules are the newest there are.
    const third = await startForwarding(folder);
    expect(await rulesOf(folder)).toBe(OTHER_RULES);
    third.kill('SIGTERM');
    await third.ended;
  });

  test('and is killed after its rules were deleted does not bring them back, nor loses a VIP that was not saved', async () => {
    const folder = await temporaryFolder();
    const socket = socketIn(folder);
    const first = await startForwarding(folder);
    await weir(['restore', '-'], { socket, input: RULES });
    await weir(['save'], { socket });
    await weir(['restore', '-'], { socket, input: '' });
    expect((await weir(['vip', 'add', '10.9.9.8', 'eth0'], { socket })).code).toBe(0);
    first.kill('SIGKILL');
    await first.ended;

    const second = await startForwarding(folder);
    expect(await rulesOf(folder)).toBe('vip add 10.9.9.8 eth0\n');
    second.kill('SIGTERM');
    await second.ended;
  });

  test('and is killed in the middle of restoring its saved rules leaves that to the next one', async () => {
    const folder = await temporaryFolder();
    const socket = socketIn(folder);
    const first = await startForwarding(folder);
    await weir(['restore', '-'], { socket, input: RULES + OTHER_RULES });
    await weir(['save'], { socket });
    const { services } = await (await connectDirector(socket)).table();
    first.kill('SIGKILL');
    await first.ended;
    // As it lies when the services are written, and that they are is not.
    const settings = new BpfMap(openPin(join(folder, 'bpf', PIN_LAYOUT, 'maps', 'settings')), 'settings');
    writeSettings(settings, { version: 0 });
    settings.close();
    const publish = services.map((one) => [matchKey(one.match), { match: one.match, turn: startTurn(one) }] as const);
    new Journal(join(folder, 'change'), NO_LOG).begin(emptyTable(), { retire: new Map(), publish: new Map(publish) });

    const second = await startForwarding(folder);
    expect(await rulesOf(folder)).toBe(RULES + OTHER_RULES);
    second.kill('SIGTERM');
    const { stdout } = await second.ended;
    expect(stdout).toContain('took back a change');
    expect(stdout).toContain('restored the saved rules');
  });

  test('restores from one set of rules to another and back', async () => {
    const folder = await temporaryFolder();
    const socket = socketIn(folder);
    const director = await startForwarding(folder);
    for (const rules of [RULES, OTHER_RULES, RULES + OTHER_RULES, '', RULES]) {
      expect((await weir(['restore', '-'], { socket, input: rules })).code).toBe(0);
      expect(await rulesOf(folder)).toBe(rules);
    }
    director.kill('SIGTERM');
    await director.ended;
  });
});

describe('a director that cannot forward', () => {
  test('because there is no such interface says which there are, and changes nothing', async () => {
    const folder = await temporaryFolder();
    const refused = await weir(['run', '--interface', 'nosuch0'], { socket: socketIn(folder), within: WITHIN });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('there is no network interface nosuch0');
    expect(refused.stderr).toContain('eth0');
    expect(pinsIn(folder)).toEqual([]);
  });

  test('because its saved rules are malformed leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    const state = join(folder, 'state');
    mkdirSync(state);
    writeFileSync(join(state, 'rules.ipvs'), '-A -t nonsense\n');
    const words = ['run', '--interface', 'eth0', '--state', state];
    const refused = await weir(words, { socket: socketIn(folder), within: WITHIN });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('rules.ipvs:1');
    expect(pinsIn(folder)).toEqual([]);
  });

  test('because it lacks the privilege says which one', async () => {
    const folder = await temporaryFolder();
    // Root without capabilities, as in a container: another user may have no way to where the checkout is.
    const within = [...WITHIN, 'setpriv', '--inh-caps=-all', '--bounding-set=-all', '--'];
    const refused = await weir(['run', '--interface', 'eth0'], { socket: socketIn(folder), within });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/fix: .*root/u);
    expect(pinsIn(folder)).toEqual([]);
    expect(existsSync(socketIn(folder))).toBe(false);
  });
});

describe('a full disk', () => {
  test('keeps the rules that were saved before, whole, and the director goes on', async () => {
    const folder = await temporaryFolder();
    const state = join(folder, 'state');
    mkdirSync(state);
    const socket = socketIn(folder);
    const director = await startWeir(['--engine', 'model', '--state', state], { socket, within: withTinyDisk(state) });
    await weir(['restore', '-'], { socket, input: RULES });
    expect((await weir(['save'], { socket })).code).toBe(0);
    // The disk is in the mount namespace of the director only.
    const file = join('/proc', String(director.pid), 'root', state, 'rules.ipvs');
    const saved = readFileSync(file, 'utf8');

    await weir(['restore', '-'], { socket, input: manyServices(5000) });
    const refused = await weir(['save'], { socket });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('weir: the rules cannot be saved; what was saved before is unchanged\n');
    expect(refused.stderr).toMatch(/found: ENOSPC/u);
    expect(readFileSync(file, 'utf8')).toBe(saved);
    expect(readdirSync(join(file, '..'))).toEqual(['rules.ipvs']);
    expect((await (await connectDirector(socket)).table()).services).toHaveLength(5000);

    await weir(['restore', '-'], { socket, input: OTHER_RULES });
    expect((await weir(['save'], { socket })).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain(OTHER_RULES);
    director.kill('SIGTERM');
    expect((await director.ended).code).toBe(0);
  });
});

/** Runs a program with a disk of 64 KiB in the place of a folder, which goes when the program ends. */
function withTinyDisk(folder: string): string[] {
  const script = `mount -t tmpfs -o size=64k weir-test '${folder}' && exec "$@"`;
  return ['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', script, 'sh'];
}

function manyServices(count: number): string {
  const line = (index: number): string => `-A -t 10.2.${index >> 8}.${index & 255}:80 -s rr\n`;
  return Array.from({ length: count }, (_, index) => line(index)).join('');
}

/** What lies under the folder of the pins, if it is there at all. */
function pinsIn(folder: string): string[] {
  const pins = join(folder, 'bpf');
  return statSync(pins, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(pins);
}
