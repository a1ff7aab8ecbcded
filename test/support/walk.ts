import { packet, type PacketSpec } from '../../src/net/packet.ts';
import type { Placed } from '../../src/walk/flow.ts';
import { Follower } from '../../src/walk/follower.ts';
import type { CapturedFrame } from '../../src/walk/sighting.ts';
import { Summarizer } from '../../src/walk/verdict.ts';
import type { Side, WatchPoint } from '../../src/walk/watch-point.ts';

/** Frames at the NICs of a director by masquerading, made by hand, and what `weir capture` concludes from them. */

export const MS = 1_000_000n;
export const MAC = {
  client: '02:00:00:00:00:0c',
  public: '02:00:00:00:00:01',
  private: '02:00:00:00:00:02',
  server: '02:00:00:00:00:05',
};

export const point = (side: Side, mac: string, nic = 'eth0'): WatchPoint => ({ host: side, nic, mac, side });
export const PUBLIC = point('public', MAC.public);
export const PRIVATE = point('private', MAC.private, 'eth1');
export const SERVER = point('real server', MAC.server);
/** The one NIC of a director behind a router. */
export const ONLY = point('both', MAC.public);

export const CIP = '10.1.1.100';
export const VIP = '10.1.1.21';
export const RIP = '1.1.1.128';

let clock = 0n;

/** Lets time pass before the next frame. */
export function pass(milliseconds: number): void {
  clock += BigInt(milliseconds) * MS;
}

/** A frame at a NIC of the director or of a real server, a millisecond after the one before. */
export const seen = (at: WatchPoint, direction: 'in' | 'out', spec: PacketSpec): CapturedFrame<WatchPoint> => {
  clock += MS;
  const eth =
    direction === 'in' ? { source: MAC.client, destination: at.mac } : { source: at.mac, destination: MAC.server };
  return { point: at, time: clock, bytes: packet({ eth, ...spec }) };
};

export const syn = (destination: string, change: object = {}, source = CIP): PacketSpec => ({
  ip: { source, destination },
  tcp: { source: 4000, destination: 80, sequence: 7, flags: 'S', ...change },
});
export const synAck = (source: string, destination = CIP): PacketSpec => ({
  ip: { source, destination },
  tcp: { source: 80, destination: 4000, sequence: 90, acknowledgement: 8, flags: 'SA' },
});
export const ack = (destination: string): PacketSpec =>
  syn(destination, { sequence: 8, acknowledgement: 91, flags: 'A' });

/** "Destination unreachable" from a host to the client, about a packet. */
export const icmpAbout = (about: PacketSpec, source: string, code: number): PacketSpec => ({
  ip: { source, destination: CIP },
  icmp: { type: 3, code, rest: 0 },
  payload: packet(about),
});

export function follow(frames: readonly CapturedFrame<WatchPoint>[]): Placed<WatchPoint>[] {
  const follower = new Follower<WatchPoint>({ disorder: 10n * MS, patience: 500n * MS });
  for (const frame of frames) follower.push(frame);
  return follower.end();
}

/** Verdicts with the conversations they are about, then what is said in addition. */
export function verdictsOf(
  frames: readonly CapturedFrame<WatchPoint>[],
  points: readonly WatchPoint[] = [PUBLIC, PRIVATE],
  masqueraded: readonly string[] = [],
): string[] {
  const summarizer = new Summarizer(points, {
    services: new Set([`${VIP}:80`]),
    masqueraded: new Set(masqueraded),
  });
  for (const placed of follow(frames)) summarizer.add(placed);
  const { verdicts, reachedServer, redirected } = summarizer.summary();
  return [
    ...verdicts.map(({ verdict, flows }) => `${verdict} ${flows.join(' ')}`.trim()),
    ...(reachedServer ? ['reached'] : []),
    ...redirected.map((host) => `redirected ${host}`),
  ];
}
