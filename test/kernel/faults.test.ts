import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectDirector, type DirectorClient } from '../../src/daemon/client.ts';
import { PIN_LAYOUT } from '../../src/engine/ebpf/maps/tables.ts';
import { BpfMap } from '../../src/kernel/bpf-map.ts';
import { openPin } from '../../src/kernel/bpffs.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { answers, directorLogText, eventually, labWithRules, output, url } from '../support/lab.ts';

/** Faults beside those of interfaces (docs/faults.md); a full table and full disks have tests of their own. */
let lab: Lab;
let director: DirectorClient;
beforeAll(async () => {
  lab = await labWithRules('nat', 'tc');
  director = await connectDirector(lab.socket);
});
afterAll(async () => {
  await lab.down();
});

const EVEN = { web1: 10, web2: 10 };
/** Of two requests in a row each real server gets one. */
const EVERY_SERVER = [1, 2];
const packets = async (reason: string): Promise<number> =>
  Number((await director.status()).reasons.find((one) => one.reason === reason)?.packets ?? 0);

test('a change that the kernel refuses half way is taken back, and succeeds when there is room again', async () => {
  const rules = await (await connectDirector(lab.socket)).rules();
  const wanted =
    rules.replace('-s rr', '-s wrr').replace(/^-a .*1\.1\.1\.129.*\n/mu, '') +
    '-A -t 10.1.1.21:81 -s rr\n-a -t 10.1.1.21:81 -r 1.1.1.128:80 -m -w 1\n';
  const services = new BpfMap(
    openPin(join(lab.folder(lab.director), 'bpf', PIN_LAYOUT, 'maps', 'services')),
    'services',
  );
  const keys = fill(services);
  await expect(director.restore({ rules: wanted })).rejects.toMatchObject({ code: 'KERNEL_CALL_FAILED' });
  expect(await director.rules()).toBe(rules);
  expect((await director.status()).faults).toEqual([{ fault: 'change-failed', count: 1 }]);
  expect(await answers(lab, 20)).toEqual(EVEN);
  for (const key of keys) services.delete(key);
  services.close();
  await director.restore({ rules: wanted });
  expect(await answers(lab, 20)).toEqual({ web1: 20 });
  await director.restore({ rules });
  expect(await answers(lab, 20)).toEqual(EVEN);
});

/** Writes entries that no packet meets until the kernel takes no more. */
function fill(map: BpfMap): Buffer[] {
  const value = Buffer.alloc(map.valueSize);
  const keys: Buffer[] = [];
  for (;;) {
    const key = Buffer.alloc(map.keySize, 0xee);
    key.writeUInt32LE(keys.length);
    try {
      map.update(key, value);
    } catch {
      return keys;
    }
    keys.push(key);
  }
}

test('a real server that answers no ARP any more is told of, and served again with its first answer', async () => {
  await output(lab, 'web1', 'ip link set eth0 down');
  await output(lab, lab.director, 'ip neigh flush dev eth1');
  const silent = { name: 'real server 1.1.1.128', value: 'does not answer ARP or neighbour discovery' };
  const named = async () => (await director.status()).facts.filter(({ name }) => name === silent.name);
  const asked = async () => {
    for (const _ of EVERY_SERVER) await lab.exec(lab.client, ['curl', '-sS', '--max-time', '1', url(lab)]);
    return await named();
  };
  // The first of them may still take the way of a moment ago, by which nobody asks for the address.
  await eventually(asked, [silent], 20_000);
  expect((await director.status()).faults).toContainEqual({ fault: 'neighbour-gone', count: 1 });
  await output(lab, 'web1', 'ip link set eth0 up; ip route replace default via 1.1.1.130');
  await output(lab, lab.director, 'ip neigh flush dev eth1');
  expect(await answers(lab, 20)).toEqual(EVEN);
  await eventually(named, []);
});

test('a daemon that is stopped and goes on: forwarding does not wait for it, and commands say what it is', async () => {
  const pid = lab.directorPid;
  process.kill(pid, 'SIGSTOP');
  const [listed, edited] = [lab.ipvsadm('-L -n'), lab.ipvsadm('-e -t 10.1.1.21:80 -r 1.1.1.128:80 -m -w 1')];
  expect(await answers(lab, 20)).toEqual(EVEN);
  const said = `process ${pid} in state T (SIGSTOP)`;
  for (const { code, stderr } of [await listed, await edited]) {
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
    expect(stderr).toContain(`fix: let it go on: kill -CONT ${pid}`);
  }
  process.kill(pid, 'SIGCONT');
  await eventually(async () => (await director.status()).connections.used > 0, true);
  expect(await answers(lab, 20)).toEqual(EVEN);
});

test('of two that change the same version at one instant one is told so, and what the other wrote stays', async () => {
  const writers = await Promise.all([connectDirector(lab.socket), connectDirector(lab.socket)]);
  const { version, services } = await director.table();
  const { match } = services[0]!;
  const ports = [8081, 8082];
  const outcomes = await Promise.allSettled(
    writers.map(async (writer, place) => {
      const service = {
        match: { ...match, port: ports[place]! },
        scheduler: 'rr',
        schedulerFlags: 0,
        onePacket: false,
      };
      return await writer.commit([{ do: 'add-service', service }], version);
    }),
  );
  const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
  expect(outcomes[winner]).toEqual({ status: 'fulfilled', value: { version: version + 1 } });
  expect(outcomes[1 - winner]).toMatchObject({ status: 'rejected', reason: { code: 'VERSION_CONFLICT' } });
  const added = (await director.table()).services.filter((one) => 'port' in one.match && one.match.port > 8080);
  expect(added.map((one) => one.match)).toEqual([{ ...match, port: ports[winner] }]);
  await director.commit([{ do: 'delete-service', match: added[0]!.match }], version + 1);
});

test('a change that cannot be noted, the run folder being full, is made; the next one is noted again', async () => {
  const folder = lab.folder(lab.director);
  const note = join(folder, 'change');
  const services = [83, 84].map((port) => `-A -t 10.1.1.21:${port} -s rr`).join('\n');
  const rules = await director.rules();
  // In the place of the note and of what it is made of: nothing fits there.
  symlinkSync('/dev/full', `${note}.new`);
  await director.restore({ rules: `${rules}${services}\n` });
  expect((await director.table()).services).toHaveLength(3);
  expect(await directorLogText(lab)).toContain('a change cannot be noted beforehand');
  expect(await answers(lab, 20)).toEqual(EVEN);
  await director.restore({ rules });
  expect(readdirSync(folder).filter((name) => name.startsWith('change'))).toEqual([]);
});

test('a route that is taken away and put back', async () => {
  await output(lab, lab.director, 'ip route del 1.1.1.0/24 dev eth1');
  const before = await packets('no-route');
  // The way of a moment ago holds for 67 ms.
  await vi.waitFor(async () => {
    const { code } = await lab.exec(lab.client, ['curl', '-sS', '--max-time', '1', url(lab)]);
    expect(code).not.toBe(0);
  });
  expect(await packets('no-route')).toBeGreaterThan(before);
  await output(lab, lab.director, 'ip route add 1.1.1.0/24 dev eth1 src 1.1.1.130');
  expect(await answers(lab, 20)).toEqual(EVEN);
});
