import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from './bytes.ts';
import { ETHER_TYPE } from './ether-type.ts';
import { parseFrame } from './frame.ts';
import { packet } from './packet.ts';

const DESTINATION = '020000000001';
const SOURCE = '020000000c10';

describe('an Ethernet frame', () => {
  it('starts with destination, source and type', () => {
    const frame = parseFrame(fromHex(`${DESTINATION} ${SOURCE} 0800`));
    expect(frame.get('ethernet')).toEqual({
      destination: '02:00:00:00:00:01',
      source: '02:00:00:00:0c:10',
      etherType: ETHER_TYPE.ipv4,
    });
  });

  it('of IEEE 802.3 has a length for a type, and all behind it is payload', () => {
    const frame = parseFrame(fromHex(`${DESTINATION} ${SOURCE} 0003 424203`));
    expect(frame.layers.map(({ name }) => name)).toEqual(['ethernet']);
    expect(toHex(frame.payload)).toBe('424203');
    expect(frame.malformed).toBeUndefined();
  });
});

describe('a VLAN tag', () => {
  it('is priority, drop eligibility, id and the next type', () => {
    const tagged = packet({ eth: {}, vlan: { priority: 5, dropEligible: true, id: 7 }, udp: {} });
    // 8100, then 101 1 000000000111, then IPv4
    expect(toHex(tagged.subarray(12, 18))).toBe('8100b0070800');
    expect(parseFrame(tagged).get('vlan')).toEqual({
      priority: 5,
      dropEligible: true,
      id: 7,
      etherType: ETHER_TYPE.ipv4,
    });
  });

  it("within another is QinQ: the provider's outside, the customer's inside", () => {
    const frame = packet({ eth: {}, vlan: [{ id: 100 }, { id: 7 }], ip: { ttl: 9 }, tcp: {} });
    expect(toHex(frame.subarray(12, 22))).toBe('88a8 0064 8100 0007 0800'.replaceAll(' ', ''));
    expect(parseFrame(frame).layers.map(({ name }) => name)).toEqual(['ethernet', 'vlan', 'vlan', 'ipv4', 'tcp']);
    expect(parseFrame(frame).findLast('vlan')?.id).toBe(7);
    expect(parseFrame(frame).get('ipv4').ttl).toBe(9);
  });

  it('of the time before 802.1ad is known too', () => {
    const frame = packet({ eth: { etherType: ETHER_TYPE.oldProviderVlan }, vlan: [{ id: 1 }, { id: 2 }], tcp: {} });
    expect(parseFrame(frame).find('tcp')).toBeDefined();
  });
});
