import { describe, expect, test } from 'vitest';
import {
  ack,
  CIP,
  icmpAbout,
  MAC,
  ONLY,
  pass,
  PRIVATE,
  PUBLIC,
  RIP,
  seen,
  syn,
  synAck,
  verdictsOf,
  VIP,
} from '../../test/support/walk.ts';
import { packet, type PacketSpec } from '../net/packet.ts';
import type { CapturedFrame } from './sighting.ts';
import type { WatchPoint } from './watch-point.ts';

/** What becomes of connections after they were answered, as far as frames show it. */

type Frames = CapturedFrame<WatchPoint>[];

/** Data of the client, so many bytes. */
const data = (destination: string, bytes: number, sequence = 8): PacketSpec => ({
  ...syn(destination, { sequence, acknowledgement: 91, flags: 'PA' }),
  payload: bytes,
});
/** From the real server: the acknowledgement of all up to there, with data of its own. */
const reply = (source: string, acknowledgement: number, bytes = 0, sequence = 91): PacketSpec => ({
  ip: { source, destination: CIP },
  tcp: { source: 80, destination: 4000, sequence, acknowledgement, flags: 'A' },
  payload: bytes,
});
const reset = (source: string): PacketSpec => ({
  ip: { source, destination: CIP },
  tcp: { source: 80, destination: 4000, sequence: 91, flags: 'R' },
});

/** What the director takes on the public side and passes on on the private one, and the other way. */
const forwarded = (spec: (address: string) => PacketSpec): Frames => [
  seen(PUBLIC, 'in', spec(VIP)),
  seen(PRIVATE, 'out', spec(RIP)),
];
const returned = (spec: (address: string) => PacketSpec): Frames => [
  seen(PRIVATE, 'in', spec(RIP)),
  seen(PUBLIC, 'out', spec(VIP)),
];
const opened = (): Frames => [...forwarded(syn), ...returned(synAck), ...forwarded(ack)];

/** The request of another connection, which shows that what is passed on would be seen. */
const another = (): Frames => forwarded((to) => syn(to, { source: 4001 }));

/** The same again after 200 ms, 400 ms, 800 ms and so on, as TCP does. */
function again(times: number, frames: () => Frames): Frames {
  return Array.from({ length: times + 1 }, (_, count) => {
    if (count > 0) pass(100 << count);
    return frames();
  }).flat();
}

describe('a segment that is sent again and again, and that nobody acknowledges', () => {
  test('is lost for its size if it is large, whether or not somebody says so', () => {
    const held = () => [seen(PUBLIC, 'in', data(VIP, 1460))];
    const told = () => [...held(), seen(PUBLIC, 'out', icmpAbout(data(VIP, 1460), VIP, 4))];

    expect(verdictsOf([...opened(), ...again(3, held)])).toEqual(['large-lost 1']);
    expect(verdictsOf([...opened(), ...again(3, told)])).toEqual(['large-lost 1']);
  });

  test('is lost for its size if somebody says so, however short it is', () => {
    const told = () => [seen(PUBLIC, 'in', data(VIP, 900)), seen(PUBLIC, 'out', icmpAbout(data(VIP, 900), VIP, 4))];
    expect(verdictsOf([...opened(), ...again(3, told)])).toEqual(['large-lost 1']);
  });

  test('is large on its way to the client as well', () => {
    const download = () => returned((source) => reply(source, 108, 1400));
    const frames = [...opened(), ...forwarded((to) => data(to, 100)), ...again(3, download)];
    expect(verdictsOf(frames)).toEqual(['large-lost 1']);
  });

  test('stalls the connection if it is small', () => {
    expect(verdictsOf([...opened(), ...again(3, () => forwarded((to) => data(to, 100)))])).toEqual(['stalled 1']);
  });

  test('tells nothing if it was sent again but once, or got through in the end', () => {
    const once = again(1, () => forwarded((to) => data(to, 1460)));
    expect(verdictsOf([...opened(), ...once])).toEqual(['healthy 1']);

    const late = [...again(3, () => forwarded((to) => data(to, 1460))), ...returned((from) => reply(from, 1468))];
    expect(verdictsOf([...opened(), ...late])).toEqual(['healthy 1']);
  });

  test('tells nothing where segmentation offload has cut it otherwise at each place', () => {
    const cut = [
      seen(PUBLIC, 'in', data(VIP, 2920)),
      seen(PRIVATE, 'out', data(RIP, 1460)),
      seen(PRIVATE, 'out', data(RIP, 1460, 1468)),
    ];
    expect(verdictsOf([...opened(), ...cut])).toEqual(['healthy 1']);
  });

  test('is seen by direct routing too, where no acknowledgement passes the director', () => {
    const through = (spec: PacketSpec): Frames => [seen(ONLY, 'in', spec), seen(ONLY, 'out', spec)];
    const begun = () => [...through(syn(VIP)), ...through(ack(VIP))];
    const upload = () => again(3, () => through(data(VIP, 1460)));

    expect(verdictsOf([...begun(), ...upload()], [ONLY])).toEqual(['large-lost 1']);
    expect(verdictsOf([...begun(), ...upload(), ...through(data(VIP, 100, 1468))], [ONLY])).toEqual(['healthy 1']);
    const heard = () => through(syn(VIP, { sequence: 1468, acknowledgement: 400, flags: 'A' }));
    expect(verdictsOf([...begun(), ...upload(), ...heard()], [ONLY])).toEqual(['healthy 1']);
  });
});

describe('a connection that the director does not know any more', () => {
  test('is reset by the director itself, in place of being passed on', () => {
    const forgotten = () => [seen(PUBLIC, 'in', data(VIP, 18)), seen(PUBLIC, 'out', reset(VIP))];

    expect(verdictsOf([...opened(), ...forgotten()])).toEqual(['forgotten 1']);
    const amid = [...another(), ...forgotten()];
    expect(verdictsOf(amid), 'the capture has begun amid it').toEqual(['no-answer 1', 'forgotten 2']);
  });

  test('is another than one that the real server resets', () => {
    const frames = [...opened(), ...forwarded((to) => data(to, 18)), ...returned(reset)];
    expect(verdictsOf(frames)).toEqual(['healthy 1']);
  });

  test('is not forwarded where nobody resets it', () => {
    expect(verdictsOf([...another(), seen(PUBLIC, 'in', data(VIP, 18))])).toEqual(['not-forwarded 2', 'no-answer 1']);
  });

  test('cannot be told from one that a filter hides behind the director', () => {
    const frames = [...opened(), seen(PUBLIC, 'in', data(VIP, 18)), seen(PUBLIC, 'out', reset(VIP))];
    expect(verdictsOf(frames.filter(({ point }) => point === PUBLIC))).toEqual(['healthy 1']);
  });
});

describe('ICMP redirects', () => {
  const advice = (from: string, to: string): PacketSpec => ({
    ip: { source: from, destination: to },
    icmp: { type: 5, code: 1, rest: 0x0101_0101 },
    payload: packet(synAck(RIP)),
  });

  test('of the director are told beside the verdict, and are no packets of the conversation they are about', () => {
    const frames = [...opened(), seen(PRIVATE, 'out', advice('1.1.1.130', RIP))];
    expect(verdictsOf(frames)).toEqual(['healthy 1', `redirected ${RIP}`]);
  });

  test('of others are not', () => {
    const eth = { source: MAC.client, destination: MAC.public };
    const frames = [...opened(), seen(PUBLIC, 'in', { ...advice('10.1.1.1', VIP), eth })];
    expect(verdictsOf(frames)).toEqual(['healthy 1']);
  });
});
