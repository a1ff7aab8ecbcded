import { expect, test } from 'vitest';
import { chooseHook, isCandidate } from './hook-choice.ts';

test('auto takes TC on virtual devices and says why', () => {
  expect(chooseHook('auto', { kind: 'veth', driver: '' })).toMatchObject({
    hook: 'tc',
    reason: expect.stringContaining('virtual device'),
  });
});

test('auto tries native XDP on hardware, with TC behind it', () => {
  expect(chooseHook('auto', { kind: '', driver: 'ixgbe' })).toMatchObject({
    hook: 'xdp',
    fallback: true,
    reason: expect.stringContaining('ixgbe'),
  });
});

test('what the operator asks for is taken, without a fallback', () => {
  expect(chooseHook('xdp', { kind: 'veth', driver: '' })).toMatchObject({ hook: 'xdp', fallback: false });
  expect(chooseHook('tc', { kind: '', driver: 'ixgbe' })).toMatchObject({ hook: 'tc' });
});

test('loopback, ports of bridges, and devices that are down are not candidates', () => {
  const nic = {
    name: 'eth0',
    index: 2,
    ethernet: true,
    loopback: false,
    up: true,
    mtu: 1500,
    mac: '02:00:00:00:00:01',
    kind: '',
    driver: 'e1000',
    master: undefined,
  };
  expect(isCandidate(nic)).toBe(true);
  expect(isCandidate({ ...nic, loopback: true })).toBe(false);
  expect(isCandidate({ ...nic, master: 'br0' })).toBe(false);
  expect(isCandidate({ ...nic, up: false })).toBe(false);
  expect(isCandidate({ ...nic, ethernet: false })).toBe(false);
});
