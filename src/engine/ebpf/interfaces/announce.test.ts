import { expect, test } from 'vitest';
import { parseFrame } from '../../../net/frame.ts';
import { parseNeighbourMessage } from '../../../net/neighbour-discovery.ts';
import { announcement } from './announce.ts';

const MAC = '02:00:00:00:00:01';

test('an IPv4 address is announced by an ARP request for itself, to everybody', () => {
  const frame = parseFrame(announcement(MAC, '10.1.1.21'));
  expect(frame.find('ethernet')).toMatchObject({ source: MAC, destination: 'ff:ff:ff:ff:ff:ff' });
  expect(frame.find('arp')).toMatchObject({
    operation: 1,
    senderMac: MAC,
    senderIp: '10.1.1.21',
    targetIp: '10.1.1.21',
  });
});

test('an IPv6 address is announced by an advertisement to all nodes that nobody asked for, and that overrides', () => {
  const frame = parseFrame(announcement(MAC, '2001:db8::21'));
  expect(frame.find('ethernet')).toMatchObject({ destination: '33:33:00:00:00:01' });
  expect(frame.find('ipv6')).toMatchObject({ source: '2001:db8::21', destination: 'ff02::1', hopLimit: 255 });
  const header = frame.find('icmpv6')!;
  expect(parseNeighbourMessage({ header, payload: frame.payload })).toMatchObject({
    kind: 'neighbour-advertisement',
    solicited: false,
    override: true,
    target: '2001:db8::21',
    options: [{ kind: 'target-link-layer', mac: MAC }],
  });
});
