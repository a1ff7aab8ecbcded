import { expect, test } from 'vitest';
import { deleteVip, setVip } from './vip.ts';

const VIP = { address: '10.1.1.21', interface: 'eth0' };
const unicast = (address: string) => !address.startsWith('224.');

test('a VIP is set once, whoever says it twice, and moves to another interface', () => {
  const vips = setVip([], VIP, unicast);
  expect(setVip(vips, VIP, unicast)).toEqual([VIP]);
  expect(setVip(vips, { ...VIP, interface: 'lo' }, unicast)).toEqual([{ ...VIP, interface: 'lo' }]);
});

test('what is no unicast address or no name of an interface is refused', () => {
  expect(() => setVip([], { ...VIP, address: '224.0.0.1' }, unicast)).toThrow(/address of the VIP/u);
  expect(() => setVip([], { ...VIP, address: '10.1.1.021' }, unicast)).toThrow(/address of the VIP/u);
  expect(() => setVip([], { ...VIP, interface: 'a name that is too long' }, unicast)).toThrow(/interface of the VIP/u);
});

test('only a VIP that is there can be deleted', () => {
  expect(deleteVip([VIP], '10.1.1.21')).toEqual([]);
  expect(() => deleteVip([VIP], '10.1.1.22')).toThrow(
    expect.objectContaining({ code: 'VIP_UNKNOWN', errno: 'ENOENT' }),
  );
});
