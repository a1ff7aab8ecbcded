import { describe, expect, it } from 'vitest';
import { arp, arpReply, arpRequest } from './arp.ts';
import { fromHex, toHex } from './bytes.ts';
import { format } from './codec.ts';
import { parseFrame } from './frame.ts';
import { packet } from './packet.ts';

const ASKER = '02:00:00:00:0c:10';
const request = arpRequest(ASKER, '10.1.1.10', '10.1.1.21');

describe('an ARP request', () => {
  it('asks for the hardware address of its target', () => {
    const bytes = [
      '0001 0800', // Ethernet, IPv4
      '06 04', // lengths of their addresses
      '0001', // request
      '020000000c10 0a01010a', // who asks: 10.1.1.10
      '000000000000 0a010115', // about whom: 10.1.1.21
    ].join('');
    expect(toHex(format(arp, request, new Uint8Array(0)))).toBe(bytes.replaceAll(' ', ''));
    expect(arp.parse(fromHex(bytes), 0, 28)).toEqual(request);
  });

  it('goes to everybody', () => {
    const frame = parseFrame(packet({ arp: request }));
    expect(frame.get('ethernet')).toMatchObject({ source: ASKER, destination: 'ff:ff:ff:ff:ff:ff' });
    expect(frame.get('arp')).toEqual(request);
  });

  it('may be padded to the least length of a frame', () => {
    const frame = parseFrame(packet({ arp: request, trailer: 18 }));
    expect([frame.bytes.length, frame.payload.length, frame.trailer.length]).toEqual([60, 0, 18]);
  });
});

it('an ARP reply goes back to the asker with the answer as its sender', () => {
  const reply = arpReply(request, '02:00:00:00:00:01');
  expect(reply).toMatchObject({
    operation: 2,
    senderMac: '02:00:00:00:00:01',
    senderIp: '10.1.1.21',
    targetMac: ASKER,
  });
  expect(parseFrame(packet({ arp: reply })).get('ethernet').destination).toBe(ASKER);
});

it('ARP for other networks is left as payload', () => {
  const tokenRing = packet({ arp: request });
  tokenRing[15] = 6;
  const frame = parseFrame(tokenRing);
  expect(frame.malformed).toMatchObject({ name: 'arp', error: { found: '00060800 0604' } });
  expect(frame.payload.length).toBe(28);
});
