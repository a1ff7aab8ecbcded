import { describe, expect, test } from 'vitest';
import { host, network, nic, told } from '../../test/support/sim-network.ts';
import { decideAnswer, sourceOfQuestion } from './arp.ts';
import { arpRequest } from '../net/arp.ts';
import { packet } from '../net/packet.ts';
import type { HostSpec } from './spec.ts';

const VIP = '10.0.0.100';
const ASKER = '02:00:00:00:00:99';

/** A real server with the VIP on lo. */
function realServer(sysctls: Record<string, string>, given: Partial<HostSpec> = {}) {
  const lo = { name: 'lo', addresses: [`${VIP}/32`] };
  return network(host('web', [lo, nic(1, ['10.0.0.1/24'])], { sysctls, ...given })).host('web');
}

describe('arp_ignore', () => {
  const cases: [mode: string, target: string, sender: string, answers: boolean][] = [
    ['0', '10.0.0.1', '10.0.0.9', true],
    ['0', VIP, '10.0.0.9', true],
    ['1', '10.0.0.1', '10.0.0.9', true],
    ['1', VIP, '10.0.0.9', false],
    ['1', '10.0.0.1', '172.16.0.9', true],
    ['2', '10.0.0.1', '10.0.0.9', true],
    ['2', '10.0.0.1', '172.16.0.9', false],
    ['2', VIP, '10.0.0.9', false],
    ['8', '10.0.0.1', '10.0.0.9', false],
  ];

  test.each(cases)('%s, who has %s? Tell %s: %s', (mode, targetIp, senderIp, answers) => {
    const web = realServer({ 'net.ipv4.conf.all.arp_ignore': mode });
    expect(decideAnswer(web, 'eth0', arpRequest(ASKER, senderIp, targetIp)).answers).toBe(answers);
  });

  test('the greater of all and the interface counts', () => {
    const web = realServer({ 'net.ipv4.conf.all.arp_ignore': '0', 'net.ipv4.conf.eth0.arp_ignore': '1' });
    expect(decideAnswer(web, 'eth0', arpRequest(ASKER, '10.0.0.9', VIP)).answers).toBe(false);
  });

  test('set for lo it changes nothing for what comes in by eth0', () => {
    const web = realServer({ 'net.ipv4.conf.lo.arp_ignore': '1' });
    expect(decideAnswer(web, 'eth0', arpRequest(ASKER, '10.0.0.9', VIP)).answers).toBe(true);
  });
});

test('a question in the name of the host itself is no question: it is a martian', () => {
  const web = realServer({});
  const decision = decideAnswer(web, 'eth0', arpRequest(ASKER, VIP, '10.0.0.1'));
  expect(decision).toMatchObject({ answers: false, hears: true });
  expect(decision.why?.en).toContain('martian');
});

test('a strict rp_filter refuses questions from where no route leads back', () => {
  const web = realServer({ 'net.ipv4.conf.all.rp_filter': '1' });
  expect(decideAnswer(web, 'eth0', arpRequest(ASKER, '172.16.0.9', '10.0.0.1')).answers).toBe(false);
  expect(decideAnswer(web, 'eth0', arpRequest(ASKER, '10.0.0.9', '10.0.0.1')).answers).toBe(true);
});

test('a probe for a duplicate has no sender and is answered', () => {
  expect(decideAnswer(realServer({}), 'eth0', arpRequest(ASKER, '0.0.0.0', '10.0.0.1')).answers).toBe(true);
});

describe('arp_announce: the sender address of a question', () => {
  const waiting = { bytes: packet({ ip: { source: VIP, destination: '10.0.0.9' }, tcp: {} }) };
  const cases: [mode: string, vip: string, source: string][] = [
    ['0', VIP, VIP],
    ['1', VIP, VIP],
    ['2', VIP, '10.0.0.1'],
  ];

  test.each(cases)('%s with %s as the source of the packet that waits: %s', (mode, _vip, source) => {
    const lan = nic(1, ['10.0.0.1/24', `${VIP}/24`]);
    const web = network(host('web', [lan], { sysctls: { 'net.ipv4.conf.all.arp_announce': mode } })).host('web');
    expect(sourceOfQuestion(web, 'eth0', '10.0.0.9', waiting)).toBe(source);
  });

  test('1 asks for the network of an address, not for its interface: the VIP on lo is used where it lies in that of eth0', () => {
    const web = realServer({ 'net.ipv4.conf.all.arp_announce': '1' });
    expect(sourceOfQuestion(web, 'eth0', '10.0.0.9', waiting)).toBe(VIP);
  });

  test('1 does not use an address of another network', () => {
    const lo = { name: 'lo', addresses: ['172.16.0.100/32'] };
    const sysctls = { 'net.ipv4.conf.all.arp_announce': '1' };
    const web = network(host('web', [lo, nic(1, ['10.0.0.1/24'])], { sysctls })).host('web');
    const foreign = { bytes: packet({ ip: { source: '172.16.0.100', destination: '10.0.0.9' }, tcp: {} }) };
    expect(sourceOfQuestion(web, 'eth0', '10.0.0.9', foreign)).toBe('10.0.0.1');
  });

  test('0 uses the VIP on lo', () => {
    expect(sourceOfQuestion(realServer({}), 'eth0', '10.0.0.9', waiting)).toBe(VIP);
  });

  test('a packet that is only passed on lends no address', () => {
    const passing = { bytes: packet({ ip: { source: '172.16.0.9', destination: '10.0.0.9' }, tcp: {} }) };
    expect(sourceOfQuestion(realServer({}), 'eth0', '10.0.0.9', passing)).toBe('10.0.0.1');
  });
});

test('an ARP firewall lets nobody ask for the VIP', () => {
  const net = network(
    host('web', [{ name: 'lo', addresses: [`${VIP}/32`] }, nic(1, ['10.0.0.1/24'])], {
      firewall: [{ chain: 'arp', destination: VIP, action: 'drop' }],
    }),
    host('client', [nic(2, ['10.0.0.2/24'])]),
  );

  expect(net.request('client', { to: { address: VIP, port: 80 }, protocol: 'tcp', timeout: 5_000_000 })).toEqual({
    kind: 'error',
    errno: 'EHOSTUNREACH',
  });
  expect(told(net, 'answer')).toEqual([]);
  expect(told(net, 'silence')[0]).toBe(
    `web stays silent about ${VIP}: its ARP firewall drops everything about ${VIP}.`,
  );
});

test('who asks in the name of the VIP takes its place in the tables of others', () => {
  const net = network(
    host('router', [nic(1, ['10.0.0.254/24'])]),
    host('director', [nic(2, ['10.0.0.2/24', `${VIP}/24`])]),
    host('web', [{ name: 'lo', addresses: [`${VIP}/32`] }, nic(3, ['10.0.0.3/24'])], {
      sysctls: { 'net.ipv4.conf.all.arp_ignore': '1' },
    }),
  );
  const router = net.host('router');
  net.request('router', { to: { address: VIP, port: 80 }, protocol: 'tcp', timeout: 100_000 });
  expect(router.neighbours.get('eth0', VIP)?.mac).toBe('02:00:00:00:00:02');

  const from = { address: VIP };
  net.request('web', { to: { address: '10.0.0.254', port: 80 }, protocol: 'tcp', timeout: 100_000, from });

  expect(router.neighbours.get('eth0', VIP)?.mac).toBe('02:00:00:00:00:03');
});
