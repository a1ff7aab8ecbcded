import { ARP_OPERATION } from '../net/arp.ts';
import { parseFrame } from '../net/frame.ts';
import type { Counter } from '../sim/counters.ts';
import type { FrameSighting } from '../sim/network.ts';
import type { Result } from '../sim/programs.ts';
import { placedNics, type Topology } from './topology.ts';
import { walkConnection, type CapturedFrame, type Journey } from './walk.ts';

/** What came of one request in a network, in terms that a simulated network and a real one share. */
export interface RequestOutcome {
  /** What the client sees: `answer web2`, `ECONNREFUSED`, `timeout`. */
  client: string;
  /** Who answers ARP or neighbour discovery for the VIP. */
  vipAnsweredBy: string[];
  /** The way of the first packet and of the answer to it, as far as they came: `client eth0 out`, `director eth0 in` ... */
  request: string[];
  reply: string[];
  /** Counters that have moved, by host. */
  counters: Record<string, Counter[]>;
}

export interface OutcomeParts {
  topology: Topology;
  result: Result;
  frames: readonly CapturedFrame[];
  counters: Record<string, Counter[]>;
}

/** Puts an outcome together from what was captured at every NIC and counted on every host. */
export function outcomeOf({ topology, result, frames, counters }: OutcomeParts): RequestOutcome {
  const walk = walkConnection(frames, topology.service);
  return {
    client: resultText(result),
    vipAnsweredBy: answerers(topology, frames),
    request: walk === undefined ? [] : places(walk.request),
    reply: walk?.reply === undefined ? [] : places(walk.reply),
    counters: Object.fromEntries(Object.entries(counters).filter(([, moved]) => moved.length > 0)),
  };
}

export function resultText(result: Result): string {
  if (result.kind === 'answer') return `answer ${result.body.trim()}`;
  if (result.kind === 'error') return result.errno;
  return result.connected ? 'timeout after the handshake' : 'timeout';
}

/** The frames of a simulated network as tcpdump would have captured them. */
export function capturedFrames(topology: Topology, frames: readonly FrameSighting[]): CapturedFrame[] {
  const points = new Map(
    placedNics(topology).map(({ host, name, mac }) => [`${host} ${name}`, { host, nic: name, mac }]),
  );
  return frames.flatMap(({ time, host, nic, bytes }) => {
    const point = points.get(`${host} ${nic}`);
    return point === undefined ? [] : [{ point, time: BigInt(time) * 1000n, bytes }];
  });
}

function places({ sightings }: Journey): string[] {
  return sightings.map(({ point, direction }) => `${point.host} ${point.nic} ${direction}`);
}

function answerers(topology: Topology, frames: readonly CapturedFrame[]): string[] {
  const hosts = frames.flatMap(({ point, bytes }) => {
    const frame = parseFrame(bytes);
    if (frame.get('ethernet').source !== point.mac) return [];
    return answeredAddress(frame) === topology.service.address ? [point.host] : [];
  });
  return [...new Set(hosts)].sort();
}

/** The address that a frame claims in answer to a question. */
function answeredAddress(frame: ReturnType<typeof parseFrame>): string | undefined {
  const arp = frame.find('arp');
  if (arp !== undefined) return arp.operation === ARP_OPERATION.reply ? arp.senderIp : undefined;
  // The target of a neighbour advertisement (type 136) is its source here: nobody answers for others.
  return frame.find('icmpv6')?.type === 136 ? frame.find('ipv6')?.source : undefined;
}
