import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  ack,
  CIP,
  follow,
  icmpAbout,
  MAC,
  MS,
  ONLY,
  point,
  PRIVATE,
  PUBLIC,
  RIP,
  seen,
  SERVER,
  syn,
  synAck,
  verdictsOf,
  VIP,
} from '../../test/support/walk.ts';
import { packet, type PacketSpec } from '../net/packet.ts';
import { PcapReader } from '../net/pcap.ts';
import { cellText } from './appearance.ts';
import { Follower } from './follower.ts';
import { conversationKey, sightingOf, type CapturedFrame } from './sighting.ts';
import { Summarizer, VERDICTS } from './verdict.ts';
import { REACHED_SERVER, REDIRECTED, VERDICT_WORDS } from './verdict-words.ts';
import type { WatchPoint } from './watch-point.ts';

/** One request with curl, captured by tcpdump at every NIC of the lab. */
function recorded(topology: string, points: readonly WatchPoint[]): CapturedFrame<WatchPoint>[] {
  return points.flatMap((at) => {
    const file = new URL(`../../test/fixtures/walk/${topology}/${at.host}-${at.nic}.pcap`, import.meta.url);
    return new PcapReader().push(readFileSync(file)).map(({ time, bytes }) => ({ point: at, time, bytes }));
  });
}

describe('a recorded request by masquerading', () => {
  const points: WatchPoint[] = [
    { host: 'director', nic: 'eth0', mac: '02:10:01:01:00:21', side: 'public' },
    { host: 'director', nic: 'eth1', mac: '02:01:01:01:01:30', side: 'private' },
    { host: 'web2', nic: 'eth0', mac: '02:01:01:01:01:29', side: 'real server' },
  ];
  const placed = follow(recorded('nat', points));

  test('is one conversation, though its addresses differ on the two sides of the director', () => {
    expect(new Set(placed.map(({ flow }) => flow))).toEqual(new Set([1]));
    expect(placed.every(({ sightings }) => sightings.length === 3)).toBe(true);
  });

  test('each packet shows its addresses at each point', () => {
    expect(
      placed.slice(0, 2).map(({ way, sightings }) => [way, ...points.map((at) => cellText(sightings, at, 'en'))]),
    ).toEqual([
      [
        'request',
        'in 10.1.1.100:35104 > 10.1.1.21:80',
        'out 10.1.1.100:35104 > 1.1.1.129:80',
        'in 10.1.1.100:35104 > 1.1.1.129:80',
      ],
      [
        'reply',
        'out 10.1.1.21:80 > 10.1.1.100:35104',
        'in 1.1.1.129:80 > 10.1.1.100:35104',
        'out 1.1.1.129:80 > 10.1.1.100:35104',
      ],
    ]);
  });

  test('is well, and has reached the real server', () => {
    const summarizer = new Summarizer(points, { services: new Set(['10.1.1.21:80']), masqueraded: new Set() });
    for (const one of placed) summarizer.add(one);
    const { verdicts, tallies, reachedServer } = summarizer.summary();
    expect(verdicts).toEqual([{ verdict: 'healthy', flows: [1] }]);
    expect(tallies[0]).toMatchObject({ method: 'masquerade', requests: tallies[0]!.forwarded, acknowledged: true });
    expect(reachedServer).toBe(true);
  });
});

test('a recorded request by direct routing turns round at one NIC, and its reply is not seen there', () => {
  const director: WatchPoint = { host: 'director', nic: 'eth0', mac: '02:01:01:01:01:30', side: 'both' };
  const placed = follow(recorded('dr', [director]));

  expect(placed.map(({ way }) => way)).not.toContain('reply');
  expect(cellText(placed[0]!.sightings, director, 'zh')).toMatch(
    /^in 10\.1\.1\.100:54932 > 1\.1\.1\.130:80; out 不变, 02:01:01:01:01:29$/,
  );
  const summarizer = new Summarizer([director], { services: new Set(['1.1.1.130:80']), masqueraded: new Set() });
  for (const one of placed) summarizer.add(one);
  expect(summarizer.summary().verdicts).toEqual([{ verdict: 'healthy', flows: [1] }]);
  expect(summarizer.summary().tallies[0]!.method).toBe('direct');
});

describe('what the course notes conclude', () => {
  const request = () => [seen(PUBLIC, 'in', syn(VIP)), seen(PRIVATE, 'out', syn(RIP))];

  test.each<[string, () => CapturedFrame<WatchPoint>[], string[]]>([
    ['nothing comes in on the public side', () => [], ['no-requests']],
    ['requests come in and do not go on', () => [seen(PUBLIC, 'in', syn(VIP))], ['not-forwarded 1']],
    ['requests only, no replies', request, ['no-answer 1']],
    [
      'replies come back and do not go out',
      () => [...request(), seen(PRIVATE, 'in', synAck(RIP))],
      ['reply-not-restored 1'],
    ],
    [
      'the real server refuses',
      () => [
        ...request(),
        seen(PRIVATE, 'in', {
          ip: { source: RIP, destination: CIP },
          tcp: { source: 80, destination: 4000, flags: 'RA' },
        }),
      ],
      ['refused 1'],
    ],
    [
      'the director itself refuses: there is no rule',
      () => [
        seen(PUBLIC, 'in', syn(VIP)),
        seen(PUBLIC, 'out', {
          ip: { source: VIP, destination: CIP },
          tcp: { source: 80, destination: 4000, flags: 'RA' },
        }),
      ],
      ['not-forwarded 1'],
    ],
    [
      'the director says that the port is unreachable: no real server is usable',
      () => [seen(PUBLIC, 'in', syn(VIP)), seen(PUBLIC, 'out', icmpAbout(syn(VIP), VIP, 3))],
      ['not-forwarded 1'],
    ],
    [
      'somebody says that a forwarded request cannot be delivered',
      () => [...request(), seen(PRIVATE, 'in', icmpAbout(syn(RIP), RIP, 2))],
      ['unreachable 1'],
    ],
    [
      'somebody says how large a packet may be, and that is no answer',
      () => [...request(), seen(PRIVATE, 'in', icmpAbout(syn(RIP), RIP, 4))],
      ['no-answer 1'],
    ],
    [
      'both ways',
      () => [...request(), seen(PRIVATE, 'in', synAck(RIP)), seen(PUBLIC, 'out', synAck(VIP))],
      ['healthy 1'],
    ],
  ])('%s', (_what, frames, expected) => {
    expect(verdictsOf(frames())).toEqual(expected);
  });

  test('a destination that is not rewritten on the private side', () => {
    const frames = [seen(PUBLIC, 'in', syn(VIP)), seen(PRIVATE, 'out', syn(VIP))];
    expect(verdictsOf(frames, [PUBLIC, PRIVATE], [`${VIP}:80`])).toEqual(['not-rewritten 1']);
    expect(verdictsOf(frames, [PUBLIC, PRIVATE])).toEqual(['no-answer-direct 1']);
  });

  test('a request that arrives at the real server: the director is right', () => {
    const frames = [seen(PUBLIC, 'in', syn(VIP)), seen(PRIVATE, 'out', syn(RIP)), seen(SERVER, 'in', syn(RIP))];
    const points = [PUBLIC, PRIVATE, SERVER];
    expect(verdictsOf(frames, points)).toEqual(['no-answer 1', 'reached']);
    expect(verdictsOf([...frames, seen(SERVER, 'out', synAck(RIP))], points)).toEqual(['reply-lost 1', 'reached']);
  });

  test('a masqueraded reply that reaches the client past the director is no answer', () => {
    const client = point('client', MAC.client);
    const straight = { source: MAC.server, destination: MAC.client };
    const frames = [
      ...request(),
      seen(SERVER, 'in', syn(RIP)),
      seen(SERVER, 'out', synAck(RIP)),
      seen(client, 'in', { ...synAck(RIP), eth: straight }),
    ];
    expect(verdictsOf(frames, [PUBLIC, PRIVATE, SERVER, client])).toEqual(['reply-past-director 1', 'reached']);
  });

  test('direct routing shows no reply at the director; the acknowledgement of the client does', () => {
    const frames = [seen(ONLY, 'in', syn(VIP)), seen(ONLY, 'out', syn(VIP))];
    expect(verdictsOf(frames, [ONLY])).toEqual(['no-answer-direct 1']);
    expect(verdictsOf([...frames, seen(ONLY, 'in', ack(VIP)), seen(ONLY, 'out', ack(VIP))], [ONLY])).toEqual([
      'healthy 1',
    ]);
  });

  test('each verdict has its words in both languages', () => {
    for (const words of [...VERDICTS.map((verdict) => VERDICT_WORDS[verdict]), REACHED_SERVER, REDIRECTED]) {
      expect(words.en).toMatch(/\.$|\?$/);
      expect(words.zh).toMatch(/[。？]$/);
    }
  });
});

describe('a packet is known again', () => {
  const tunnelled = (kind: 'ipip' | 'gre' | 'gue'): PacketSpec => ({
    ip: { source: '1.1.1.130', destination: RIP },
    ...(kind === 'gre' ? { gre: {} } : {}),
    ...(kind === 'gue' ? { udp: {}, gue: {} } : {}),
    inner: syn(VIP),
  });

  test.each(['ipip', 'gre', 'gue'] as const)('inside a tunnel: %s', (kind) => {
    const [placed, ...others] = follow([seen(PUBLIC, 'in', syn(VIP)), seen(PRIVATE, 'out', tunnelled(kind))]);
    expect(others).toEqual([]);
    expect(cellText(placed!.sightings, PRIVATE, 'en')).toBe(`out ${CIP}:4000 > ${VIP}:80 [${kind} 1.1.1.130 > ${RIP}]`);
  });

  test('by full NAT, which rewrites both addresses and the port of the client, in both directions', () => {
    const inside = syn(RIP, { source: 61_000 }, '1.1.1.130');
    const back: PacketSpec = {
      ip: { source: RIP, destination: '1.1.1.130' },
      tcp: { source: 80, destination: 61_000, sequence: 90, acknowledgement: 8, flags: 'SA' },
    };
    const placed = follow([seen(PUBLIC, 'in', syn(VIP)), seen(PRIVATE, 'out', inside), seen(PRIVATE, 'in', back)]);
    expect(placed.map(({ flow, way }) => `${flow} ${way}`)).toEqual(['1 request', '1 reply']);
  });

  test('over IPv6, and by the quote of an ICMP error about it', () => {
    const v6: PacketSpec = {
      ip: { source: '2001:db8::c', destination: '2001:db8::21' },
      udp: { source: 5, destination: 53 },
    };
    const error: PacketSpec = {
      ip: { source: RIP, destination: CIP },
      icmp: { type: 'destinationUnreachable', code: 'port' },
      payload: packet(syn(VIP)),
    };
    const placed = follow([seen(PUBLIC, 'in', v6), seen(PUBLIC, 'in', syn(VIP)), seen(PUBLIC, 'out', error)]);
    expect(placed.map(({ flow, way }) => `${flow} ${way}`)).toEqual(['1 request', '2 request', '2 reply']);
  });

  test('ARP too: a broadcast is for every NIC that hears it', () => {
    const request = {
      operation: 1,
      senderMac: MAC.client,
      senderIp: CIP,
      targetMac: '00:00:00:00:00:00',
      targetIp: VIP,
    };
    const arp = sightingOf({
      point: PUBLIC,
      time: 1n,
      bytes: packet({ eth: { source: MAC.client, destination: 'ff:ff:ff:ff:ff:ff' }, arp: request }),
    });
    expect(arp && [arp.direction, conversationKey(arp.conversation)]).toEqual(['in', `arp ${CIP} > ${VIP}`]);
  });

  test('a client that uses its port again opens another conversation', () => {
    const placed = follow([
      seen(PUBLIC, 'in', syn(VIP)),
      seen(PUBLIC, 'in', syn(VIP)),
      seen(PUBLIC, 'in', syn(VIP, { sequence: 70_000 })),
    ]);
    expect(placed.map(({ flow }) => flow)).toEqual([1, 1, 2]);
  });
});

describe('while it is captured', () => {
  test('a packet is given out once its time is over, whatever the order in which points deliver', () => {
    const other: CapturedFrame[] = [];
    const follower = new Follower<WatchPoint>({
      disorder: 10n * MS,
      patience: 100n * MS,
      onOther: (frame) => other.push(frame),
    });
    const [first, second] = [seen(PUBLIC, 'in', syn(VIP)), seen(PRIVATE, 'out', syn(RIP))];
    follower.push(second);
    follower.push(first);
    follower.push({ point: PUBLIC, time: second.time, bytes: packet({ eth: {}, payload: 20 }) });

    expect(follower.settle(first.time + 109n * MS)).toEqual([]);
    const [placed] = follower.settle(first.time + 110n * MS);
    expect(placed!.sightings.map(({ point: { nic } }) => nic)).toEqual(['eth0', 'eth1']);
    expect(other).toHaveLength(1);
    expect(follower.end()).toEqual([]);
  });

  test('a packet that comes later than that counts as another', () => {
    const follower = new Follower<WatchPoint>({ disorder: 0n, patience: 100n * MS });
    const first = seen(PUBLIC, 'in', syn(VIP));
    follower.push(first);
    expect(follower.settle(first.time + 100n * MS)).toHaveLength(1);
    follower.push({ ...seen(PRIVATE, 'out', syn(RIP)), time: first.time + 200n * MS });
    expect(follower.end().map(({ sightings }) => sightings.length)).toEqual([1]);
  });
});
