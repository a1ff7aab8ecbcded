import { describe, expect, it } from 'vitest';
import { toHex } from './bytes.ts';
import { frameFaults } from './frame-faults.ts';
import { frameText } from './frame-text.ts';
import { parseFrame, parsePacket } from './frame.ts';
import { packet } from './packet.ts';
import { parseSctpChunks, SCTP_CHUNK } from './sctp.ts';
import { parseTcpOptions } from './tcp-options.ts';

describe('a packet is what the test says', () => {
  it('and sound in all the rest', () => {
    const frame = parseFrame(packet({ eth: {}, ip: { source: '10.1.0.10' }, tcp: { destination: 443 } }));
    expect(frameText(frame)).toBe(
      '02:00:00:00:00:01 > 02:00:00:00:00:02 / 10.1.0.10 > 198.51.100.1 ttl 64 / tcp 40000 > 443 S seq 0',
    );
    expect(frameFaults(frame)).toEqual([]);
  });

  it('an IP packet unless there is Ethernet', () => {
    expect(packet({ tcp: {} })[0]).toBe(0x45);
    expect(packet({ eth: {}, tcp: {} }).length).toBe(54);
    expect(packet({ vlan: { id: 7 }, tcp: {} }).length).toBe(58);
  });

  it('IPv6 where an address, a field or a header is', () => {
    const versions = [
      packet({ ip: { destination: '2001:db8::9' }, tcp: {} }),
      packet({ ip: { flowLabel: 1 }, tcp: {} }),
      packet({ icmpv6: { type: 'echoRequest' } }),
      packet({ fragment: {}, udp: {} }),
      packet({ neighbour: { kind: 'router-solicitation', options: [] } }),
    ].map((bytes) => bytes[0]! >> 4);
    expect(versions).toEqual([6, 6, 6, 6, 6]);
  });

  it('with its wrong fields as they are given', () => {
    const frame = parsePacket(packet({ ip: { totalLength: 99, checksum: 7, protocol: 17 }, tcp: { checksum: 9 } }));
    expect(frame.get('ipv4')).toMatchObject({ totalLength: 99, checksum: 7, protocol: 17 });
    expect(frame.get('udp').source).toBe(40000);
    expect(packet({ ip: { headerLength: 16 }, tcp: {} })[0]).toBe(0x44);
  });

  it('with options as data', () => {
    const bytes = packet({ ip: { options: [{ kind: 'nop' }] }, tcp: { options: [{ kind: 'mss', size: 536 }] } });
    const frame = parsePacket(bytes);
    expect(toHex(frame.get('ipv4').options)).toBe('01000000');
    expect(parseTcpOptions(frame.get('tcp').options)).toEqual([{ kind: 'mss', size: 536 }]);
  });

  it('with a payload of text, bytes, or a number of them', () => {
    const payloads = ['hi', Uint8Array.of(9), 3].map((payload) => parsePacket(packet({ udp: {}, payload })).payload);
    expect(payloads.map(toHex)).toEqual(['6869', '09', '000102']);
  });

  it('with chunks before the payload', () => {
    const chunks = [{ type: SCTP_CHUNK.init, flags: 0, value: new Uint8Array(16) }];
    const frame = parsePacket(packet({ sctp: { verificationTag: 5, chunks } }));
    expect(frame.get('sctp').verificationTag).toBe(5);
    expect(parseSctpChunks(frame.payload)).toEqual(chunks);
  });

  it('in another, and that one in a third', () => {
    const frame = parsePacket(
      packet({ ip: { ttl: 3 }, inner: { ip: { ttl: 2 }, gre: {}, inner: { ip: { ttl: 1 }, udp: {} } } }),
    );
    expect(frame.layers.map(({ name }) => name)).toEqual(['ipv4', 'ipv4', 'gre', 'ipv4', 'udp']);
    expect([frame.find('ipv4')?.ttl, frame.findLast('ipv4')?.ttl]).toEqual([3, 1]);
    expect(frameFaults(frame)).toEqual([]);
  });

  it('to a group goes to the group on Ethernet', () => {
    const frame = parseFrame(
      packet({ eth: {}, ip: { destination: '224.0.0.81', ttl: 1 }, udp: { destination: 8848 } }),
    );
    expect(frame.get('ethernet').destination).toBe('01:00:5e:00:00:51');
  });

  it('or no IP packet at all', () => {
    const frame = parseFrame(packet({ eth: { etherType: 0x88cc }, payload: 'lldp' }));
    expect(frame.layers.length).toBe(1);
    expect(toHex(frame.payload)).toBe('6c6c6470');
  });

  it('with an unknown protocol where nothing names its payload', () => {
    expect(parsePacket(packet({ payload: 4 })).get('ipv4').protocol).toBe(253);
    expect(parseFrame(packet({ eth: {}, payload: 4 })).get('ethernet').etherType).toBe(0x0800);
  });
});
