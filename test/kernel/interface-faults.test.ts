import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectDirector } from '../../src/daemon/client.ts';
import { PIN_LAYOUT } from '../../src/engine/ebpf/maps/tables.ts';
import { openPin } from '../../src/kernel/bpffs.ts';
import { libbpf } from '../../src/kernel/libbpf.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { answers, connections, directorLogText, eventually, labWithRules, output } from '../support/lab.ts';
import { insertNic, removeNic } from '../support/nic.ts';

/** What befalls interfaces and programs while the director runs: noticed, said, counted, mended (docs/faults.md). XDP has TC behind it. */
describe('nat on xdp', () => {
  let lab: Lab;
  let counted: Record<string, number>;
  beforeAll(async () => {
    lab = await labWithRules('nat', 'xdp');
  });
  afterAll(async () => {
    await lab.down();
  });
  beforeEach(async () => {
    counted = await faults();
  });

  const status = async () => await (await connectDirector(lab.socket)).status();
  const faults = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await status()).faults.map(({ fault, count }) => [fault, count]));
  /** Faults counted since the test began. */
  const news = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      Object.entries(await faults()).flatMap(([fault, count]) => {
        const more = count - (counted[fault] ?? 0);
        return more === 0 ? [] : [[fault, more]];
      }),
    );
  const served = async (): Promise<string[]> =>
    (await status()).facts.flatMap(({ name, value }) =>
      name.startsWith('interface ') && !value.includes('not served') && !value.includes('down') ? [name.slice(10)] : [],
    );
  const EVEN = { web1: 10, web2: 10 };
  const onDirector = async (command: string): Promise<void> => void (await output(lab, lab.director, command));

  test.each(['eth0', 'eth1'])('%s is deleted and made again: served again within a second or two', async (name) => {
    await removeNic(lab, lab.director, name);
    await eventually(news, { 'interface-gone': 1 });
    expect(await served()).not.toContain(name);
    await insertNic(lab, lab.director, name);
    await eventually(served, ['eth0', 'eth1']);
    expect(await answers(lab, 20)).toEqual(EVEN);
    expect(await directorLogText(lab)).toContain(`${name} is gone: nothing is forwarded on it`);
  });

  test('a MAC address that changes is known to the programs within a second', async () => {
    await onDirector('ip link set eth0 address 02:00:00:00:00:77');
    await output(lab, lab.client, 'ip neigh flush dev eth0');
    await eventually(news, { 'address-changed': 1 });
    const before = await passed();
    expect(await answers(lab, 20)).toEqual(EVEN);
    expect((await passed()) - before).toBeLessThan(20);
  });

  /** Packets that XDP took for somebody else's. */
  const passed = async (): Promise<number> =>
    Number((await status()).reasons.find(({ reason }) => reason === 'not-for-us')?.packets ?? 0);

  test('a link goes down and comes up: forwarding goes on with it', async () => {
    await onDirector('ip link set eth1 down');
    await eventually(news, { 'link-down': 1 });
    expect(await served()).toEqual(['eth0']);
    await onDirector('ip link set eth1 up');
    await eventually(served, ['eth0', 'eth1']);
    expect(await answers(lab, 20)).toEqual(EVEN);
  });

  test('a changed MTU holds for packets at once', async () => {
    await onDirector('ip link set eth1 mtu 1400');
    await eventually(news, { 'mtu-changed': 1 });
    expect(await answers(lab, 20)).toEqual(EVEN);
    await onDirector('ip link set eth1 mtu 1500');
    await eventually(news, { 'mtu-changed': 2 });
  });

  test('an interface that stops forwarding is said and counted, until it forwards again', async () => {
    await onDirector('sysctl -qw net.ipv4.conf.eth0.forwarding=0');
    await eventually(news, { 'forwarding-off': 1 });
    const stopped = async (): Promise<string[]> =>
      (await status()).facts.flatMap(({ name, value }) => (value.includes('does not forward IPv4') ? [name] : []));
    expect(await stopped()).toEqual(['interface eth0']);
    await onDirector('sysctl -qw net.ipv4.conf.eth0.forwarding=1');
    await eventually(stopped, []);
    expect(await answers(lab, 20)).toEqual(EVEN);
  });

  test('programs that somebody takes off are put back', async () => {
    const links = join(lab.folder(lab.director), 'bpf', PIN_LAYOUT, 'links');
    const names = readdirSync(links);
    for (const name of names) {
      const link = openPin(join(links, name));
      libbpf().link_detach(link);
      libbpf().close(link);
    }
    await eventually(news, { 'program-removed': names.length });
    expect(await answers(lab, 20)).toEqual(EVEN);
  });

  test('pins that somebody removes are made again: what comes after the daemon finds its connections', async () => {
    const pins = join(lab.folder(lab.director), 'bpf');
    rmSync(join(pins, PIN_LAYOUT, 'links'), { recursive: true });
    rmSync(join(pins, PIN_LAYOUT, 'maps', 'settings'));
    await eventually(async () => (await news())['pins-removed'], 5);
    await onDirector(`umount ${pins}`);
    // The same, and the link at the loopback.
    await eventually(async () => (await news())['pins-removed'], 5 + 6);
    const before = (await connections(lab)).length;
    await lab.stopDirector('SIGKILL');
    expect(await answers(lab, 20)).toEqual(EVEN);
    await lab.startDirector();
    expect((await connections(lab)).length).toBe(before + 20);
  });

  test('messages that are lost are made up for by reading everything anew', async () => {
    process.kill(lab.directorPid, 'SIGSTOP');
    const flood = Array.from({ length: 400 }, (_, i) => `link set lo mtu ${60_000 + i}`).join('\n');
    await onDirector(`ip -batch - <<'END'\n${flood}\nEND`);
    await removeNic(lab, lab.director, 'eth1');
    await insertNic(lab, lab.director, 'eth1');
    process.kill(lab.directorPid, 'SIGCONT');
    await eventually(async () => (await news())['netlink-overrun'], 1);
    await eventually(async () => (await news())['interface-gone'], 1);
    expect(await answers(lab, 20)).toEqual(EVEN);
  });

  test('an interface that is not there at the start is refused, or waited for', async () => {
    await lab.stopDirector('SIGTERM');
    const words = ['--interface', 'eth0,eth1,later0'];
    // It says so to whoever asks while it starts, and in its log.
    const refused = await lab.startDirector('ebpf', words).catch((error: unknown) => error);
    expect(JSON.stringify(refused)).toContain('there is no network interface later0');
    await lab.startDirector('ebpf', [...words, '--await-interfaces']);
    await lab.applyRules();
    expect(await answers(lab, 20)).toEqual(EVEN);
    await onDirector('ip link add later0 type veth peer name later1 && ip link set later0 up && ip link set later1 up');
    await eventually(served, ['eth0', 'eth1', 'later0']);
  });
});
