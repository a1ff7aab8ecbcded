import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressFromBytes, addressToBytes, formatIpv4 } from '../net/ip-address.ts';
import { formatAddress, parseAddressText, parseLooseIpv4 } from './address-text.ts';
import { namesFromFiles } from './name-files.ts';

const names = namesFromFiles('10.0.0.10 www.example.test\n2001:db8::10 www6.example.test\n', 'http 80/tcp www\n');

describe('an IPv4 address as inet_aton(3) reads it', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.1', '10.0.0.1'],
    ['10.1', '10.0.0.1'],
    ['1.16777215', '1.255.255.255'],
    ['4294967295', '255.255.255.255'],
    ['24', '0.0.0.24'],
    ['010.0.0.1', '8.0.0.1'],
    ['0x0a000001', '10.0.0.1'],
    ['0XA.0.0.1', '10.0.0.1'],
    ['10.0.0.1 ', '10.0.0.1'],
    ['10.0.0.1\tand more', '10.0.0.1'],
  ])('%j is %s', (text, address) => {
    expect(parseLooseIpv4(text)).toBe(address);
  });

  test.each([
    '',
    ' 10.0.0.1',
    '256.0.0.1',
    '10.0.0.256',
    '10.0.65536',
    '1.16777216',
    '4294967296',
    '08.1.1.1',
    '0x.1.1.1',
    '1..1',
    '1.1.1.1.',
    '1.1.1.1.1',
    '-1',
    '+1',
    'a',
  ])('%j is none', (text) => {
    expect(parseLooseIpv4(text)).toBeUndefined();
  });

  test('reads back what every address is written as', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (value) => {
        expect(parseLooseIpv4(formatIpv4(value))).toBe(formatIpv4(value));
        expect(parseLooseIpv4(`0x${value.toString(16)}`)).toBe(formatIpv4(value));
        expect(parseLooseIpv4(String(value))).toBe(formatIpv4(value));
      }),
    );
  });
});

describe('an address of the command line', () => {
  test.each([
    ['10.0.0.1:80', '10.0.0.1', 80],
    ['10.0.0.1:080', '10.0.0.1', 80],
    ['10.0.0.1:+80', '10.0.0.1', 80],
    ['10.0.0.1: 80', '10.0.0.1', 80],
    ['10.0.0.1:http', '10.0.0.1', 80],
    ['10.0.0.1:www', '10.0.0.1', 80],
    ['10.0.0.1', '10.0.0.1', undefined],
    ['www.example.test:81', '10.0.0.10', 81],
    ['[2001:DB8::1]:80', '2001:db8::1', 80],
    ['2001:db8::1', '2001:db8::1', undefined],
    ['2001:db8::1:80', '2001:db8::1:80', undefined],
    ['[10.0.0.1]:85', '10.0.0.1', undefined],
    ['[www.example.test]:85', '10.0.0.10', undefined],
  ])('%j is %s, port %s', async (text, address, port) => {
    expect(await parseAddressText(text, 'tcp', names)).toMatchObject({ address, port });
  });

  test.each([
    '80',
    '',
    ':80',
    '10.0.0.1:',
    '10.0.0.1:65536',
    '10.0.0.1:-1',
    '10.0.0.1:0x50',
    '10.0.0.1:80 ',
    '10.0.0.1:80:80',
    '10.0.0.1:HTTP',
    '[2001:db8::1]',
    '[2001:db8::1]:',
    '[2001:db8::1',
    '2001:db8::1]:80',
    '[fe80::1%eth0]:80',
    'www6.example.test:81',
    'nosuch.example.test',
  ])('%j is illegal', async (text) => {
    expect(await parseAddressText(text, 'tcp', names)).toBeUndefined();
  });

  test('has no name of a port before the protocol is known, nor in another protocol', async () => {
    expect(await parseAddressText('10.0.0.1:http', undefined, names)).toBeUndefined();
    expect(await parseAddressText('10.0.0.1:http', 'udp', names)).toBeUndefined();
  });
});

describe('an address as inet_ntop(3) writes it', () => {
  test.each([
    ['::', '::'],
    ['::1', '::1'],
    ['::1.2.3.4', '::1.2.3.4'],
    ['::1:2', '::0.1.0.2'],
    ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
    ['1:0:0:2::3', '1:0:0:2::3'],
  ])('%s is %s', (address, text) => {
    expect(formatAddress(addressToBytes(address))).toBe(text);
  });

  test('reads back as the same address', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(addressToBytes(formatAddress(bytes))).toEqual(bytes);
        expect(addressFromBytes(bytes)).toBe(addressFromBytes(addressToBytes(formatAddress(bytes))));
      }),
    );
  });
});
