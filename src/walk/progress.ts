import type { Frame } from '../net/frame.ts';
import { isSequenceUpTo, TCP_FLAG } from '../net/tcp.ts';

/** A segment that is sent again and again, and that nothing acknowledges. */
export interface Stuck {
  way: 'request' | 'reply';
  /** Times it was sent again. */
  again: number;
  /** Bytes of the shortest IP packet with it: where segmentation offload is at work, the first one may show several segments as one. */
  bytes: number;
}

/** A segment that was sent again once may have been lost like any other. */
const OFTEN = 2;

/**
 * Nanoseconds between two times that count. Linux waits for 200 ms at least (TCP_RTO_MIN, include/net/tcp.h); what is seen sooner is the same
 * segment, cut otherwise at another place.
 */
const APART = 100_000_000n;

/** What one side has sent again since the other last acknowledged something, by sequence number. */
interface Sender {
  /** Sequence number behind the last byte that was sent. */
  end: number | undefined;
  /** The highest acknowledgement it has sent. */
  acknowledged: number | undefined;
  last: Map<number, { time: bigint; bytes: number }>;
  again: Map<number, number>;
}

/** Whether what the two sides of a TCP connection send gets on, packet by packet. */
export class Progress {
  readonly #senders = { request: newSender(), reply: newSender() };

  add(way: 'request' | 'reply', frame: Frame, time: bigint): void {
    const tcp = frame.findLast('tcp');
    if (tcp === undefined) return;
    const [own, other] = [this.#senders[way], this.#senders[way === 'request' ? 'reply' : 'request']];
    if ((tcp.flags & TCP_FLAG.ack) !== 0) acknowledge(own, other, tcp.acknowledgement);
    const { length } = frame.payload;
    if (length === 0) return;
    send(own, tcp.sequence, (tcp.sequence + length) >>> 0, { time, bytes: packetBytes(frame, tcp.dataOffset * 4) });
  }

  /** The segment that was sent in vain most often. */
  stuck(): Stuck | undefined {
    return (['request', 'reply'] as const)
      .flatMap((way) => {
        const { again, last } = this.#senders[way];
        return [...again].map(([sequence, times]) => ({ way, again: times, bytes: last.get(sequence)?.bytes ?? 0 }));
      })
      .filter(({ again }) => again >= OFTEN)
      .toSorted((a, b) => b.again - a.again)[0];
  }
}

function newSender(): Sender {
  return { end: undefined, acknowledged: undefined, last: new Map(), again: new Map() };
}

function send(sender: Sender, sequence: number, end: number, seen: { time: bigint; bytes: number }): void {
  if (sender.end === undefined || !isSequenceUpTo(end, sender.end)) {
    // The other side has made room, also where its acknowledgements go another way.
    sender.end = end;
    sender.last.clear();
    sender.again.clear();
  }
  const before = sender.last.get(sequence);
  const bytes = Math.min(seen.bytes, before?.bytes ?? seen.bytes);
  const isApart = before !== undefined && seen.time - before.time >= APART;
  if (isApart) sender.again.set(sequence, (sender.again.get(sequence) ?? 0) + 1);
  sender.last.set(sequence, { time: before === undefined || isApart ? seen.time : before.time, bytes });
}

/** What `own` acknowledges has arrived; where nothing of `other` is seen, what it hears from there says so, too. */
function acknowledge(own: Sender, other: Sender, acknowledgement: number): void {
  for (const sequence of other.last.keys()) {
    if (acknowledgement === sequence || !isSequenceUpTo(sequence, acknowledgement)) continue;
    other.last.delete(sequence);
    other.again.delete(sequence);
  }
  const isNews = own.acknowledged === undefined || !isSequenceUpTo(acknowledgement, own.acknowledged);
  if (isNews && own.acknowledged !== undefined && other.acknowledged === undefined) own.again.clear();
  if (isNews) own.acknowledged = acknowledgement;
}

function packetBytes(frame: Frame, tcpHeader: number): number {
  const ipHeader = frame.layers.findLast(({ name }) => name === 'ipv4' || name === 'ipv6')?.name === 'ipv6' ? 40 : 20;
  return ipHeader + tcpHeader + frame.payload.length;
}
