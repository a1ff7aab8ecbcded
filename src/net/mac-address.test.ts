import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BROADCAST_MAC, formatMac, isGroupMac, multicastMac, parseMac } from './address.ts';

describe('Ethernet addresses', () => {
  it('are read in either case and written in lower case', () => {
    expect(parseMac('02:00:5E:10:00:fF')).toEqual(Uint8Array.of(0x02, 0x00, 0x5e, 0x10, 0x00, 0xff));
    expect(formatMac(Uint8Array.of(0x02, 0x00, 0x5e, 0x10, 0x00, 0xff))).toBe('02:00:5e:10:00:ff');
  });

  it('round through text and bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        expect(parseMac(formatMac(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each([
    '',
    '02:00:00:00:00',
    '02:00:00:00:00:00:00',
    '2:0:0:0:0:a',
    '02-00-00-00-00-0a',
    '0200.0000.000a',
    ' 02:00:00:00:00:0a',
    '02:00:00:00:00:0g',
    '02:00:00:00:00:0a\n',
  ])('refuse %j', (text) => {
    expect(() => parseMac(text)).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }));
  });

  it('are six bytes', () => {
    expect(() => formatMac(new Uint8Array(5))).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }));
  });

  it('know groups from single hosts', () => {
    expect(isGroupMac(BROADCAST_MAC)).toBe(true);
    expect(isGroupMac('01:00:5e:00:00:12')).toBe(true);
    expect(isGroupMac('02:00:00:00:00:01')).toBe(false);
  });
});

describe('multicast addresses', () => {
  it.each([
    // RFC 1112 section 6.4: the low 23 bits
    ['224.0.0.18', '01:00:5e:00:00:12'],
    ['239.129.2.3', '01:00:5e:01:02:03'],
    // RFC 2464 section 7: the low 32 bits
    ['ff02::1:ff00:10', '33:33:ff:00:00:10'],
  ])('%s goes to %s', (address, mac) => {
    expect(multicastMac(address)).toBe(mac);
  });

  it('are asked for', () => {
    for (const address of ['10.0.0.1', '240.0.0.1', '2001:db8::1']) {
      expect(() => multicastMac(address)).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }));
    }
  });
});
