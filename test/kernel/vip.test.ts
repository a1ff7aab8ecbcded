import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDirector } from '../../src/daemon/client.ts';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { eventually, output, type } from '../support/lab.ts';

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
