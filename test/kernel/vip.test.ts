import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDirector } from '../../src/daemon/client.ts';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { directorLogText, eventually, output, type } from '../support/lab.ts';

/** The director puts VIPs on its interfaces, tells the segment, and takes them away with it. */
let lab: Lab;
beforeAll(async () => {
  lab = await buildLab(await loadTopology('nat'), { hook: 'tc' });
  for (const host of [lab.director, lab.client])
    await output(lab, host, 'for f in all eth0; do echo 0 > /proc/sys/net/ipv6/conf/$f/disable_ipv6; done');
});
afterAll(async () => {
  await lab.down();
});

const VIP = '10.1.1.50';
const weir = async (...words: string[]): Promise<string> => await output(lab, lab.director, ['weir', ...words]);
const refused = async (...words: string[]): Promise<string> =>
  (await lab.exec(lab.director, ['weir', ...words])).stderr;
const addresses = async (): Promise<string> => await output(lab, lab.director, 'ip -brief address show dev eth0');
const answer = async (): Promise<string> =>
  await output(lab, lab.client, ['curl', '-sS', '--max-time', '3', `http://${VIP}/`]);
/** What the client's tcpdump prints of three announcements of an address. */
const heard = async (filter: string, deed: () => Promise<unknown>): Promise<string> => {
  const words = ['timeout', '8', 'tcpdump', '-n', '-e', '-c', '3', '-i', 'eth0', filter];
  const tcpdump = lab.exec(lab.client, words);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await deed();
  return (await tcpdump).stdout;
};

test('a VIP is put on its interface as a host address and announced three times; twice is once', async () => {
  const frames = await heard(`arp and host ${VIP}`, () => weir('vip', 'add', VIP, 'eth0'));
  const line = `02:10:01:01:00:21 > ff:ff:ff:ff:ff:ff, ethertype ARP \\(0x0806\\), length 42: Request who-has ${VIP} tell ${VIP}`;
  expect(frames.match(new RegExp(line, 'gu'))).toHaveLength(3);
  expect(await addresses()).toContain(`${VIP}/32`);
  await weir('vip', 'add', `${VIP}/32`, 'eth0');
  expect(JSON.parse(await weir('vip', 'list', '--json'))).toEqual([{ address: VIP, interface: 'eth0' }]);
  await type(lab, `-A -t ${VIP}:80 -s rr`, `-a -t ${VIP}:80 -r 1.1.1.128:80 -m`);
  expect(await answer()).toContain('web1');
});

test('IPv6: an unsolicited neighbour advertisement that overrides', async () => {
  const frames = await heard('icmp6 and ip6[40] == 136', () => weir('vip', 'add', '2001:db8::50', 'eth0'));
  expect(frames).toMatch(/> 33:33:00:00:00:01, .*2001:db8::50 > ff02::1: ICMP6, neighbor advertisement/u);
  expect(await output(lab, lab.director, 'ip -6 address show dev eth0')).toMatch(/2001:db8::50\/128 .*deprecated/u);
  await weir('vip', 'del', '2001:db8::50/128');
  expect(await addresses()).not.toContain('2001:db8::50');
});

test('one that somebody takes off is put back, announced, said and counted', async () => {
  const frames = await heard(`arp and host ${VIP}`, () =>
    output(lab, lab.director, `ip address del ${VIP}/32 dev eth0`),
  );
  expect(frames.match(/Request who-has/gu)).toHaveLength(3);
  expect(await addresses()).toContain(`${VIP}/32`);
  expect(await weir('status')).toMatch(/^fault vip-gone +1 since the start$/mu);
  expect(await answer()).toContain('web1');
});

test('what cannot be had is refused, and nothing changes', async () => {
  expect(await refused('vip', 'add', '10.1.1.21', 'eth1')).toMatch(/10\.1\.1\.21 is an address of eth0 already/u);
  expect(await refused('vip', 'add', '10.1.1.51/24', 'eth0')).toContain('found: 10.1.1.51/24');
  expect(await refused('vip', 'add', '10.1.1.51', 'nosuch0')).toContain('there is no network interface nosuch0');
  expect(await refused('vip', 'add', '224.0.0.5', 'eth0')).toContain('the address of the VIP is not accepted');
  expect(await refused('vip', 'del', '10.1.1.21')).toContain('10.1.1.21 is no VIP that the director owns');
  expect(await weir('vip', 'list')).toMatch(/^VIP +interface\n10\.1\.1\.50 +eth0\n$/u);
});

test('it outlives a crash, is saved with the rules, goes with the director, and comes back with it', async () => {
  await weir('save');
  expect(await weir('save', '-')).toContain(`vip add ${VIP} eth0\n`);
  await lab.stopDirector('SIGKILL');
  expect(await answer()).toContain('web1');
  await lab.startDirector();
  expect(JSON.parse(await weir('vip', 'list', '--json'))).toEqual([{ address: VIP, interface: 'eth0' }]);
  await lab.stopDirector('SIGTERM');
  expect(await addresses()).not.toContain(VIP);
  await lab.startDirector('ebpf', ['--keep']);
  expect(await answer()).toContain('web1');
  await lab.stopDirector('SIGTERM');
  expect(await addresses()).toContain(`${VIP}/32`);
  await lab.startDirector();
  await (await connectDirector(lab.socket)).restore({ rules: '' });
  expect(await addresses()).not.toContain(VIP);
});

test('it comes back with an interface that is deleted and made again', async () => {
  await output(
    lab,
    lab.director,
    'ip link add up0 type veth peer name up1 && ip link set up0 up && ip link set up1 up',
  );
  await weir('vip', 'add', VIP, 'up0');
  await output(lab, lab.director, 'ip link del up0');
  await output(
    lab,
    lab.director,
    'ip link add up0 type veth peer name up1 && ip link set up0 up && ip link set up1 up',
  );
  await eventually(async () => (await output(lab, lab.director, 'ip -brief address show dev up0')).includes(VIP), true);
});

test('one that cannot be put back is said once, tried again, and there as soon as it can be', async () => {
  const ipv6 = async (on: boolean): Promise<string> =>
    await output(lab, lab.director, `echo ${on ? 0 : 1} > /proc/sys/net/ipv6/conf/eth0/disable_ipv6`);
  const said = async (): Promise<number> =>
    (await directorLogText(lab)).split('2001:db8::50 is no longer on eth0 and cannot be put there').length - 1;
  await weir('vip', 'add', '2001:db8::50', 'eth0');
  await ipv6(false);
  await eventually(said, 1);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(await said()).toBe(1);
  expect(await directorLogText(lab)).not.toContain('2001:db8::50 was no longer on eth0: it is there again');
  await ipv6(true);
  await eventually(async () => (await addresses()).includes('2001:db8::50/128'), true);
  await weir('vip', 'del', '2001:db8::50');
});

test('what a director was killed in the middle of taking off is taken off by the next', async () => {
  await weir('vip', 'add', '10.1.1.60', 'eth1');
  await weir('save');
  await lab.stopDirector('SIGKILL');
  await output(lab, lab.director, 'ip address add 10.1.1.60/32 dev eth0');
  const note = join(dirname(lab.socket), 'vips');
  const noted = readFileSync(note, 'utf8');
  writeFileSync(note, `10.1.1.60 eth0 leaves\n${noted}`);
  await lab.startDirector();
  expect(JSON.parse(await weir('vip', 'list', '--json'))).toEqual([
    { address: VIP, interface: 'up0' },
    { address: '10.1.1.60', interface: 'eth1' },
  ]);
  expect(await addresses()).not.toContain('10.1.1.60');
  expect(await output(lab, lab.director, 'ip -brief address show dev eth1')).toContain('10.1.1.60/32');
  expect(readFileSync(note, 'utf8')).toBe(noted);
});
