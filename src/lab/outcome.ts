import type { Words } from '../base/words.ts';
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

function resultText(result: Result): string {
  if (result.kind === 'answer') return `answer ${result.body.trim()}`;
  if (result.kind === 'error') return result.errno;
  return result.connected ? 'timeout after the handshake' : 'timeout';
}

/** What the client sees, for a reader: `the answer web2`, `a refusal (ECONNREFUSED)`. */
export function resultWords(result: Result): Words {
  switch (result.kind) {
    case 'answer': {
      const body = result.body.trim();
      return { en: `the answer ${body}`, zh: `回答 ${body}` };
    }
    case 'error': {
      const { errno } = result;
      const words = ERRORS[errno];
      return words === undefined
        ? { en: errno, zh: errno }
        : { en: `${words.en} (${errno})`, zh: `${words.zh}（${errno}）` };
    }
    case 'timeout':
      return result.connected ? LATE : NEVER;
  }
}

const NEVER = { en: 'a timeout', zh: '超时' } as const satisfies Words;
const LATE = { en: 'a timeout after the handshake', zh: '握手之后超时' } as const satisfies Words;

const ERRORS: Readonly<Record<string, Words>> = {
  ECONNREFUSED: { en: 'a refusal', zh: '连接被拒绝' },
  ECONNRESET: { en: 'a reset', zh: '连接被重置' },
  EHOSTUNREACH: { en: 'an unreachable host', zh: '主机不可达' },
  ENETUNREACH: { en: 'an unreachable network', zh: '网络不可达' },
};

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
