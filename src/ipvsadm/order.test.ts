import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeSort } from './merge-sort.ts';
import { sortDestinations, sortServices } from './order.ts';

describe('services', () => {
  test('stand by firewall mark, family, protocol, address, port', () => {
    const inOrder = [
      { match: { protocol: 'tcp', address: '10.0.0.1', port: 80 } },
      { match: { protocol: 'tcp', address: '10.0.0.1', port: 443 } },
      { match: { protocol: 'tcp', address: '10.0.0.2', port: 1 } },
      { match: { protocol: 'udp', address: '10.0.0.1', port: 1 } },
      { match: { protocol: 'sctp', address: '10.0.0.1', port: 1 } },
      { match: { protocol: 'tcp', address: '::1', port: 1 } },
      { match: { mark: 1, family: 'inet6' } },
      { match: { mark: 2, family: 'inet' } },
      { match: { mark: 2, family: 'inet6' } },
    ] as const;
    expect(sortServices(inOrder.toReversed())).toEqual(inOrder);
  });
});

describe('destinations', () => {
  test('differences wrap at 32 bits, so 192.168.0.1 stands before 10.0.0.1', () => {
    expect(sortDestinations(['10.0.0.1', '192.168.0.1'].map(at80)).map(({ address }) => address)).toEqual([
      '192.168.0.1',
      '10.0.0.1',
    ]);
  });

  test('IPv6 addresses are compared by words of 32 bits, which wrap too', () => {
    const inOrder = ['fe80::1', 'ff02::1', '::', '::1', '2001:db8::1', '2001:db8:0:1::'].map(at80);
    expect(sortDestinations(inOrder.toReversed())).toEqual(inOrder);
  });

  test('where the comparison goes round in a circle, the walk order decides as it did in ipvsadm 1.31', () => {
    const walk = '127.0.0.1 192.168.1.12 10.200.0.1 192.168.1.11 127.0.0.2 10.200.0.2 192.168.1.13'.split(' ');
    const listed = '127.0.0.1 127.0.0.2 192.168.1.11 192.168.1.12 192.168.1.13 10.200.0.1 10.200.0.2'.split(' ');
    expect(sortDestinations(walk.map(at80)).map(({ address }) => address)).toEqual(listed);
  });
});

test('the merge sort sorts, and keeps equal items in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (keys) => {
      const items = keys.map((key, place) => ({ key, place }));
      const stable = items.toSorted((a, b) => a.key - b.key || a.place - b.place);
      expect(mergeSort(items, (a, b) => a.key - b.key)).toEqual(stable);
    }),
  );
});

function at80(address: string): { address: string; port: number } {
  return { address, port: 80 };
}
