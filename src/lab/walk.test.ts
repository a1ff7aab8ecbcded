import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { packet, type PacketSpec } from '../net/packet.ts';
import { PcapReader } from '../net/pcap.ts';
import { topology as dr } from './topologies/dr.ts';
import { topology as nat } from './topologies/nat.ts';
import { placedNics, type Topology } from './topology.ts';
import { sentences } from './hop-sentences.ts';
import { conclusion, worldOf } from './walk-sentences.ts';
import { walkTable } from './walk-table.ts';
import { isUnbroken, journeys, walkConnection, type CapturedFrame, type CapturePoint, type Journey } from './walk.ts';

/** One request with curl, captured by tcpdump at every NIC of the lab. */
function recorded(topology: Topology): CapturedFrame[] {
  const folder = new URL(`../../test/fixtures/walk/${topology.name}/`, import.meta.url);
  return placedNics(topology).flatMap(({ host, name, mac }) => {
    const packets = new PcapReader().push(readFileSync(new URL(`${host}-${name}.pcap`, folder)));
    return packets.map(({ time, bytes }) => ({ point: { host, nic: name, mac }, time, bytes }));
  });
}

const places = ({ sightings }: Journey): string[] =>
  sightings.map(({ point, direction }) => `${point.host} ${point.nic} ${direction}`);

describe('masquerading', () => {
  const walk = walkConnection(recorded(nat), nat.service)!;
  const world = worldOf(nat);

  test('request and reply pass the director, in by one NIC and out by the other', () => {
    expect(places(walk.request)).toEqual(['client eth0 out', 'director eth0 in', 'director eth1 out', 'web2 eth0 in']);
    expect(places(walk.reply!)).toEqual(['web2 eth0 out', 'director eth1 in', 'director eth0 out', 'client eth0 in']);
  });

  test('the destination of the request is rewritten, and the source of the reply restored', () => {
    expect(
      walk.request.sightings.map(({ fields }) => `${fields.sip}:${fields.sp} > ${fields.dip}:${fields.dp}`),
    ).toEqual([
      '10.1.1.100:35104 > 10.1.1.21:80',
      '10.1.1.100:35104 > 10.1.1.21:80',
      '10.1.1.100:35104 > 1.1.1.129:80',
      '10.1.1.100:35104 > 1.1.1.129:80',
    ]);
    expect(walk.reply!.sightings.map(({ fields }) => `${fields.sip}:${fields.sp}`)).toEqual([
      '1.1.1.129:80',
      '1.1.1.129:80',
      '10.1.1.21:80',
      '10.1.1.21:80',
    ]);
  });

  test('the table has a column for each NIC and marks what changed', () => {
    expect(walkTable(walk.request, world, { width: 100, bold: false })).toEqual([
      '       client              director            director            web2',
      '       eth0 out            eth0 in             eth1 out            eth0 in',
      '       -----------------   -----------------   -----------------   -----------------',
      'sp     35104               35104               35104               35104',
      'dp     80                  80                  80                  80',
      'sip    10.1.1.100          10.1.1.100          10.1.1.100          10.1.1.100',
      'dip    10.1.1.21           10.1.1.21          *1.1.1.129           1.1.1.129',
      'smac   02:10:01:01:01:00   02:10:01:01:01:00  *02:01:01:01:01:30   02:01:01:01:01:30',
      '        client eth0         client eth0         director eth1       director eth1',
      'dmac   02:10:01:01:00:21   02:10:01:01:00:21  *02:01:01:01:01:29   02:01:01:01:01:29',
      '        director eth0       director eth0       web2 eth0           web2 eth0',
      'ttl    64                  64                 *63                  63',
      'flags  S                   S                   S                   S',
    ]);
  });

  test('a narrow terminal gets the columns in several blocks', () => {
    const lines = walkTable(walk.request, world, { width: 60, bold: true });

    expect(lines).toHaveLength(2 * 13 + 1);
    expect(Math.max(...lines.map((line) => stripVTControlCharacters(line).length))).toBeLessThanOrEqual(60);
    expect(lines).toContainEqual(expect.stringContaining('\u001b[1m*1.1.1.129'));
  });

  test('each step has a sentence about what changed', () => {
    expect(sentences(walk.request, world)).toEqual([
      'client sends a SYN from 10.1.1.100:35104 to 10.1.1.21:80. The frame goes to its owner, director eth0.',
      'It arrives as it was sent. The destination MAC is its own, and so is 10.1.1.21 (on eth0): director takes the packet.',
      'director rewrites the destination from 10.1.1.21:80 to 1.1.1.129:80 (web2), changes the TTL from 64 to 63 and sends the frame out of eth1 to web2 eth0.',
      'It arrives as it was sent. The destination MAC is its own, and so is 1.1.1.129 (on eth0): web2 takes the packet.',
    ]);
    expect(sentences(walk.reply!, world)[2]).toBe(
      'director rewrites the source from 1.1.1.129:80 to 10.1.1.21:80 (director), changes the TTL from 64 to 63 and sends the frame out of eth0 to client eth0.',
    );
  });

  test('both ways pass the director', () => {
    expect(conclusion(walk, 'director', world)).toEqual([
      'The request went client > director > web2, the reply web2 > director > client.',
      'Both ways passed director, which put 10.1.1.21 back in the place of 1.1.1.129.',
      'The client asked 10.1.1.21 and is answered by 10.1.1.21: it cannot tell which server it was.',
    ]);
  });
});

describe('direct routing', () => {
  const walk = walkConnection(recorded(dr), dr.service)!;
  const world = worldOf(dr);

  test('the request turns round at the one NIC of the director; frames that others overheard are left out', () => {
    expect(places(walk.request)).toEqual([
      'client eth0 out',
      'router eth1 in',
      'router vmnet1 out',
      'director eth0 in',
      'director eth0 out',
      'web2 eth0 in',
    ]);
  });

  test('the director changes no address of the IP header', () => {
    const addresses = walk.request.sightings.map(
      ({ fields }) => `${fields.sip}:${fields.sp} > ${fields.dip}:${fields.dp}`,
    );
    expect(new Set(addresses)).toEqual(new Set(['10.1.1.100:54932 > 1.1.1.130:80']));
  });

  test('the reply does not pass the director', () => {
    expect(places(walk.reply!)).toEqual(['web2 eth0 out', 'router vmnet1 in', 'router eth1 out', 'client eth0 in']);
    expect(conclusion(walk, 'director', world)).toContain(
      'The reply did not pass director: web2 sent it straight to router vmnet1.',
    );
  });

  test('the sentences tell why the real server takes a packet for the VIP', () => {
    const [, , , , director, server] = sentences(walk.request, world);

    expect(director).toBe(
      'director leaves IP addresses and ports as they are, changes the TTL from 63 to 62 and sends the frame back out of eth0 to web2 eth0.',
    );
    expect(server).toContain('and so is 1.1.1.130 (on lo:0): web2 takes the packet.');
  });
});

const A: CapturePoint = { host: 'a', nic: 'eth0', mac: '02:00:00:00:00:0a' };
const B: CapturePoint = { host: 'b', nic: 'eth0', mac: '02:00:00:00:00:0b' };
const A_TO_B = { source: A.mac, destination: B.mac };
const B_TO_A = { source: B.mac, destination: A.mac };
const CLIENT = '10.0.0.1';
const VIP = { address: '10.0.0.2', port: 80 };

function frame(point: CapturePoint, time: number, spec: PacketSpec): CapturedFrame {
  return { point, time: BigInt(time), bytes: packet(spec) };
}

function syn(change: Partial<NonNullable<PacketSpec['tcp']>> = {}): PacketSpec {
  return {
    eth: A_TO_B,
    ip: { source: CLIENT, destination: VIP.address },
    tcp: { source: 4000, destination: 80, sequence: 7, flags: 'S', ...change },
  };
}

describe('walks of other captures', () => {
  test('a retransmission is a journey of its own', () => {
    const frames = [frame(A, 1, syn()), frame(B, 2, syn()), frame(A, 1001, syn()), frame(B, 1002, syn())];

    expect(journeys(frames).map(places)).toEqual([
      ['a eth0 out', 'b eth0 in'],
      ['a eth0 out', 'b eth0 in'],
    ]);
  });

  test('the order is that of time, whatever the order of the files', () => {
    const frames = [frame(B, 2, syn()), frame(A, 1, syn())];

    expect(places(walkConnection(frames, VIP)!.request)).toEqual(['a eth0 out', 'b eth0 in']);
  });

  test('a SYN that offers ECN opens a connection too, and its sequence number may be the last one', () => {
    const answer: PacketSpec = {
      eth: B_TO_A,
      ip: { source: VIP.address, destination: CLIENT },
      tcp: { source: 80, destination: 4000, sequence: 99, acknowledgement: 0, flags: 'SAE' },
    };
    const frames = [frame(A, 1, syn({ flags: 'SEC', sequence: 0xffffffff })), frame(B, 2, answer)];

    const walk = walkConnection(frames, VIP)!;

    expect(walk.request.sightings[0]?.fields.flags).toBe('SEC');
    expect(walk.reply && places(walk.reply)).toEqual(['b eth0 out']);
  });

  test('a SYN that nobody answers has no reply', () => {
    const walk = walkConnection([frame(A, 1, syn())], VIP)!;

    expect(walk.reply).toBeUndefined();
    expect(conclusion(walk, 'director', worldOf(nat))).toEqual(['The request went a. Nobody was seen to answer it.']);
  });

  test('the reply to another connection is not taken for its own', () => {
    const answer: PacketSpec = {
      eth: B_TO_A,
      ip: { source: VIP.address, destination: CLIENT },
      tcp: { source: 80, destination: 4001, acknowledgement: 1234, flags: 'SA' },
    };

    expect(walkConnection([frame(A, 1, syn()), frame(B, 2, answer)], VIP)?.reply).toBeUndefined();
  });

  test('connections to other services are passed over', () => {
    expect(walkConnection([frame(A, 1, syn())], { ...VIP, port: 443 })).toBeUndefined();
  });

  test('datagrams are followed by their identification and payload', () => {
    const datagram = (destination: string, ttl: number): PacketSpec => ({
      eth: A_TO_B,
      ip: { source: CLIENT, destination, ttl, identification: 5 },
      udp: { source: 4000, destination: 7 },
      payload: 'hello',
    });
    const frames = [frame(A, 1, datagram('10.0.0.2', 64)), frame(B, 2, datagram('10.0.0.3', 63))];

    const [journey] = journeys(frames);

    expect(journey?.sightings.map(({ fields }) => `${fields.dip} ${fields.ttl} ${fields.flags}`)).toEqual([
      '10.0.0.2 64 ',
      '10.0.0.3 63 ',
    ]);
  });

  test('ARP and frames between other hosts are no part of a walk', () => {
    const arpRequest = {
      operation: 1,
      senderMac: A.mac,
      senderIp: CLIENT,
      targetMac: '00:00:00:00:00:00',
      targetIp: VIP.address,
    };
    const overheard = { ...syn(), eth: { source: '02:00:00:00:00:0c', destination: '02:00:00:00:00:0d' } };
    const arp: PacketSpec = { eth: A_TO_B, arp: arpRequest };

    expect(journeys([frame(A, 1, overheard), frame(A, 2, arp)])).toEqual([]);
  });
});

describe('a walk with a hole', () => {
  const at = (host: string, direction: 'out' | 'in'): Journey['sightings'][number] => ({
    point: { host, nic: 'eth0', mac: '02:00:00:00:00:01' },
    direction,
    time: 0n,
    fields: { sp: 1, dp: 2, sip: '10.0.0.1', dip: '10.0.0.2', smac: '', dmac: '', ttl: 64, flags: 'S', outer: '' },
  });
  const whole = [at('client', 'out'), at('director', 'in'), at('director', 'out'), at('web1', 'in')];

  test('every step from NIC to NIC has been seen', () => {
    expect(isUnbroken({ sightings: whole }, 'web1')).toBe(true);
  });

  test.each([...whole.keys()])('step %i is missing', (missing) => {
    expect(isUnbroken({ sightings: whole.toSpliced(missing, 1) }, 'web1')).toBe(false);
  });

  test('a host is missing altogether', () => {
    expect(isUnbroken({ sightings: [at('client', 'out'), at('router', 'in'), ...whole.slice(2)] }, 'web1')).toBe(false);
    expect(isUnbroken({ sightings: [] }, 'web1')).toBe(false);
  });
});
