import { describe, expect, it } from 'vitest';
import { packet } from '../../net/packet.ts';
import { IPV4_HEADER, ownPacket, type Packet } from '../packet.ts';
import { heedOptions, isSourceRouted, recordAgain } from './options.ts';

/** A quarter past midnight. */
const NOW = Date.UTC(2026, 0, 2, 0, 15);
const TIME = [0, 0x0d, 0xbb, 0xa0];
const HERE = '10.9.9.9';
const stamps = { address: HERE, now: NOW, isOthers: (address: string) => address === '10.2.0.80' };

function withOptions(...options: number[]): Packet {
  const padding = (4 - (options.length % 4)) % 4;
  const ip = { source: '10.1.0.10', destination: HERE, options: Uint8Array.from([...options, ...zeros(padding)]) };
  return ownPacket(packet({ ip, udp: { source: 5, destination: 53 } }));
}

const zeros = (length: number): number[] => Array.from({ length }, () => 0);
const read = ({ bytes, transport }: Packet): number[] => [...bytes.subarray(IPV4_HEADER, transport)];

function heeded(...options: number[]): number[] {
  const one = withOptions(...options);
  expect(heedOptions(one, stamps)).toBeUndefined();
  return read(one);
}

describe('record route', () => {
  it('takes the address of the host, while there is room', () => {
    expect(heeded(7, 7, 4, ...zeros(4))).toEqual([7, 7, 8, 10, 9, 9, 9, 0]);
    expect(heeded(7, 7, 8, 1, 2, 3, 4)).toEqual([7, 7, 8, 1, 2, 3, 4, 0]);
  });

  it('is recorded anew with the address that it leaves with, where this host has recorded', () => {
    const one = withOptions(7, 7, 4, ...zeros(4));
    heedOptions(one, stamps);
    recordAgain(one, '10.2.0.1');
    expect(read(one)).toEqual([7, 7, 8, 10, 2, 0, 1, 0]);
    const full = withOptions(7, 7, 8, 1, 2, 3, 4);
    heedOptions(full, stamps);
    recordAgain(full, '10.2.0.1');
    expect(read(full)).toEqual([7, 7, 8, 1, 2, 3, 4, 0]);
  });
});

describe('a timestamp', () => {
  it.each([
    ['is milliseconds since midnight', [68, 8, 5, 0, ...zeros(4)], [68, 8, 9, 0, ...TIME]],
    ['has the address before it', [68, 12, 5, 1, ...zeros(8)], [68, 12, 13, 1, 10, 9, 9, 9, ...TIME]],
    [
      'is taken where the host is asked for',
      [68, 12, 5, 3, 10, 9, 9, 9, ...zeros(4)],
      [68, 12, 13, 3, 10, 9, 9, 9, ...TIME],
    ],
    [
      'is left to another that is asked for',
      [68, 12, 5, 3, 10, 2, 0, 80, ...zeros(4)],
      [68, 12, 5, 3, 10, 2, 0, 80, ...zeros(4)],
    ],
    ['is counted where there is no room', [68, 8, 9, 0x10, ...TIME], [68, 8, 9, 0x20, ...TIME]],
    [
      'is not counted where hosts are asked for',
      [68, 12, 13, 3, 10, 9, 9, 9, ...TIME],
      [68, 12, 13, 3, 10, 9, 9, 9, ...TIME],
    ],
  ])('%s', (_what, before, after) => {
    expect(heeded(...before)).toEqual(after);
  });
});

it('what follows the end of the options is cleared', () => {
  expect(heeded(1, 0, 7, 7)).toEqual([1, 0, 0, 0]);
});

it.each([
  ['a length of no option', [94, 1], 20],
  ['a length beyond the header', [94, 9], 20],
  ['a type without a length', [1, 1, 1, 94], 23],
  ['a route that is recorded into its own head', [7, 7, 3, ...zeros(4)], 22],
  ['a route with half a slot', [7, 7, 5, ...zeros(4)], 22],
  ['a second route', [7, 7, 4, ...zeros(4), 7, 7, 4, ...zeros(4)], 27],
  ['a timestamp without flags', [68, 3, 5], 21],
  ['a timestamp without room for an address', [68, 8, 5, 1, ...zeros(4)], 22],
  ['the sixteenth overflow', [68, 8, 9, 0xf0, ...TIME], 23],
  ['a source route without a pointer', [131, 2], 21],
  ['a second source route', [131, 7, 4, ...zeros(4), 137, 7, 4, ...zeros(4)], 27],
  ['a router alert without a value', [148, 3, 0], 21],
  ['CIPSO of a domain that nobody knows', [134, 10, 0, 0, 0, 1, 1, 4, 0, 0], 22],
])('%s is a fault that is told with its place', (_what, options, at) => {
  expect(heedOptions(withOptions(...options), stamps)).toBe(at);
});

it('a source route is known behind other options, and not behind the end', () => {
  expect(isSourceRouted(withOptions(7, 7, 4, ...zeros(4), 131, 3, 4))).toBe(true);
  expect(isSourceRouted(withOptions(0, 131, 3, 4))).toBe(false);
});
