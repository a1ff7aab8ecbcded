import { expect, test } from 'vitest';
import { WeirError } from '../../../base/error.ts';
import { chooseHook, insteadOfXdp, isCandidate, wantedInterfaces } from './hook-choice.ts';

test('auto takes TC on virtual devices and says why', () => {
  expect(chooseHook('auto', { kind: 'veth', driver: '', vlans: [] })).toMatchObject({
    hook: 'tc',
    reason: expect.stringContaining('virtual device'),
  });
});

test('auto tries native XDP on hardware, with TC behind it', () => {
  expect(chooseHook('auto', { kind: '', driver: 'ixgbe', vlans: [] })).toMatchObject({
    hook: 'xdp',
    fallback: true,
    reason: expect.stringContaining('ixgbe'),
  });
});

test('auto takes TC where VLAN interfaces stand on the card, and names them', () => {
  expect(chooseHook('auto', { kind: '', driver: 'ixgbe', vlans: ['eth0.7'] })).toMatchObject({
    hook: 'tc',
    reason: expect.stringContaining('eth0.7'),
  });
});

test('what the operator asks for is taken, without a fallback', () => {
  expect(chooseHook('xdp', { kind: 'veth', driver: '', vlans: [] })).toMatchObject({ hook: 'xdp', fallback: false });
  expect(chooseHook('tc', { kind: '', driver: 'ixgbe', vlans: [] })).toMatchObject({ hook: 'tc' });
});

test('where auto cannot have XDP it takes TC and says why, and what was asked for is not replaced', () => {
  const hardware = { kind: '', driver: 'ixgbe', vlans: [] };
  const occupied = new WeirError('HOOK_OCCUPIED', 'another XDP program is attached', { found: 'program id 7' });
  const missing = new WeirError('KERNEL_FEATURE_MISSING', 'no native XDP');
  const auto = chooseHook('auto', hardware);
  expect(insteadOfXdp(auto, hardware, occupied)).toBe('another XDP program was there, program id 7');
  expect(insteadOfXdp(auto, hardware, missing)).toBe('the driver ixgbe has no native XDP here');
  expect(insteadOfXdp(auto, hardware, new WeirError('KERNEL_CALL_FAILED', 'failed'))).toBeUndefined();
  expect(insteadOfXdp(chooseHook('xdp', hardware), hardware, occupied)).toBeUndefined();
});

const NIC = {
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
  vlans: [],
};

test('interfaces that are named are wanted as soon as they are there, whatever their state', () => {
  const eth1 = { ...NIC, name: 'eth1', index: 3, up: false };
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);
  expect(names(wantedInterfaces(['eth1', 'eth0', 'eth2'], [NIC, eth1], new Set()))).toEqual(['eth1', 'eth0']);
  expect(names(wantedInterfaces(['eth1'], [{ ...NIC, name: 'eth1', index: 9 }], new Set([3])))).toEqual(['eth1']);
});

test('where none is named, new ones are taken, and one that is served is kept while it is down, but not as a port', () => {
  const eth1 = { ...NIC, name: 'eth1', index: 3, up: false };
  const indices = (served: number[], ...present: (typeof NIC)[]) =>
    wantedInterfaces(undefined, present, new Set(served)).map(({ index }) => index);
  expect(indices([], NIC, eth1)).toEqual([2]);
  expect(indices([2], NIC, { ...eth1, up: true })).toEqual([2, 3]);
  expect(indices([2, 3], NIC, eth1)).toEqual([2, 3]);
  expect(wantedInterfaces(undefined, [{ ...eth1, master: 'br0' }], new Set([3]))).toEqual([]);
});

test('loopback, ports of bridges, and devices that are down are not candidates', () => {
  expect(isCandidate(NIC)).toBe(true);
  expect(isCandidate({ ...NIC, loopback: true })).toBe(false);
  expect(isCandidate({ ...NIC, master: 'br0' })).toBe(false);
  expect(isCandidate({ ...NIC, up: false })).toBe(false);
  expect(isCandidate({ ...NIC, ethernet: false })).toBe(false);
});
