import { afterEach, expect, test } from 'vitest';
import { PacketSocket } from '../../src/kernel/packet-socket.ts';
import { visitNamespace } from '../../src/kernel/visit-namespace.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { packet } from '../../src/net/packet.ts';
import { answers, eventually, labWithRules, output } from '../support/lab.ts';

/** A director whose interfaces do not forward: requests need no forwarding, as with IPVS. */
let lab: Lab;
afterEach(async () => {
  await lab.down();
});

const EVEN = { web1: 10, web2: 10 };
const onDirector = async (command: string): Promise<string> => (await output(lab, lab.director, command)).trim();
const forwarding = async (version: 4 | 6): Promise<string> =>
  await onDirector(`cat /proc/sys/net/ipv${version}/conf/lo/forwarding`);

test.each([
  ['dr', 'tc'],
  ['dr', 'xdp'],
  ['tun', 'tc'],
  ['fullnat', 'xdp'],
] as const)('%s on %s works', async (topology, hook) => {
  lab = await labWithRules(topology, hook);
  await onDirector('sysctl -qw net.ipv4.ip_forward=0');
  await eventually(() => forwarding(4), '1');
  expect(await answers(lab, 20)).toEqual(EVEN);
  expect(await onDirector('weir status')).not.toContain('does not forward');
  await lab.stopDirector('SIGTERM');
  expect(await forwarding(4)).toBe('0');
});

test.each(['tc', 'xdp'] as const)('ipv6 on %s works', async (hook) => {
  lab = await labWithRules('ipv6', hook);
  await onDirector('sysctl -qw net.ipv6.conf.all.forwarding=0');
  await eventually(() => forwarding(6), '1');
  const asked = 'for i in $(seq 20); do curl -gsS --max-time 5 http://[2001:db8:2::130]/ || exit; done';
  const lines = (await output(lab, lab.client, asked)).trim().split('\n');
  expect(lines).toHaveLength(20);
  expect(new Set(lines).size).toBe(2);
  await lab.stopDirector('SIGTERM');
  expect(await forwarding(6)).toBe('0');
});

test('of masqueraded real servers the replies are dropped, which the status says', async () => {
  lab = await labWithRules('nat', 'tc');
  await onDirector('sysctl -qw net.ipv4.ip_forward=0');
  const said = async (): Promise<boolean> => (await onDirector('weir status')).includes('does not forward IPv4');
  await eventually(said, true);
  await output(lab, lab.client, 'curl -sS --max-time 1 http://10.1.1.21/ || true');
  expect(await onDirector('weir status')).toMatch(/drop +forwarding-off/);
  await onDirector('sysctl -qw net.ipv4.ip_forward=1');
  await eventually(said, false);
  expect(await answers(lab, 20)).toEqual(EVEN);
  await lab.stopDirector('SIGTERM');
  expect(await forwarding(4)).toBe('1');
});

/** A router advertisement (RFC 4861 4.2): a default router for 1,800 s. */
const ADVERTISEMENT = packet({
  eth: { source: '02:00:00:00:00:99', destination: '33:33:00:00:00:01' },
  ip: { source: 'fe80::99', destination: 'ff02::1', hopLimit: 255 },
  icmpv6: { type: 134, rest: 0x4000_0708 },
  payload: new Uint8Array(8),
});

test('routers that the kernel has heard of are not forgotten for IPv6', async () => {
  lab = await labWithRules('dr', 'tc');
  await lab.stopDirector('SIGTERM');
  for (const line of ['all.disable_ipv6=0', 'eth0.disable_ipv6=0', 'all.forwarding=0', 'eth0.accept_ra=1'])
    await onDirector(`sysctl -qw net.ipv6.conf.${line}`);
  const heard = async (): Promise<boolean> => (await onDirector('ip -6 route show default')).includes('fe80::99');
  await visitNamespace(lab.namespace('web1'), async () => {
    const socket = new PacketSocket('eth0');
    await expect
      .poll(async () => {
        socket.send(ADVERTISEMENT);
        return await heard();
      })
      .toBe(true);
    socket.close();
  });
  await lab.startDirector('ebpf', ['--hook', 'tc']);
  expect(await heard()).toBe(true);
  expect(await forwarding(6)).toBe('0');
  expect(await forwarding(4)).toBe('1');
});
