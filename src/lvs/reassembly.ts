import { setU16 } from '../net/bytes.ts';
import { extensionLength, readPacket, sealIpv4, type HeededOptions, type Packet } from './packet.ts';

/** Milliseconds that fragments wait for the rest (net.ipv4.ipfrag_time; 60 s for IPv6). */
const WAIT = { inet: 30_000, inet6: 60_000 } as const;
/** What the length in an IP header can say (RFC 791 section 3.1; of IPv6 without that header, RFC 8200 section 3). */
const LONGEST = 65_535;

interface Queue {
  fragments: Packet[];
  until: number;
}

/**
 * Fragments that wait for the rest of their packet. One that has come before is ignored, other overlaps make the whole packet
 * be given up (inet_fragment.c; RFC 5722).
 */
export class Reassembly {
  readonly #queues = new Map<string, Queue>();

  /**
   * Takes a fragment in.
   * @returns the whole packet if this was the last of it, which remembers the lengths of its pieces; else undefined
   */
  add(fragment: Packet, now: number): Packet | undefined {
    this.#forgetOld(now);
    const key = keyOf(fragment);
    const queue = this.#queues.get(key) ?? { fragments: [], until: now + WAIT[fragment.family] };
    this.#queues.set(key, queue);
    if (isDuplicate(queue.fragments, fragment)) return undefined;
    const overlaps = queue.fragments.some((one) => startOf(one) < endOf(fragment) && endOf(one) > startOf(fragment));
    queue.fragments.push(fragment);
    queue.fragments.sort((a, b) => startOf(a) - startOf(b));
    if (!overlaps && !isComplete(queue.fragments)) return undefined;
    this.#queues.delete(key);
    return overlaps || lengthOf(queue.fragments) > LONGEST ? undefined : join(queue.fragments);
  }

  /** Forgets what has come of the packet of a fragment. */
  giveUp(fragment: Packet): void {
    this.#queues.delete(keyOf(fragment));
  }

  /** With the same fragments; what is added to one is not in the other. */
  copy(): Reassembly {
    const copy = new Reassembly();
    for (const [key, { fragments, until }] of this.#queues) copy.#queues.set(key, { fragments: [...fragments], until });
    return copy;
  }

  #forgetOld(now: number): void {
    for (const [key, { until }] of this.#queues) if (until <= now) this.#queues.delete(key);
  }
}

function keyOf({ source, destination, fragment, protocol, family }: Packet): string {
  return `${source} ${destination} ${fragment!.identification} ${family === 'inet' ? protocol : ''}`;
}

/** Where the data of a fragment starts: after the IPv4 header, or after IPv6's fragment header. */
function dataStart({ family, transport, fragment }: Packet): number {
  return family === 'inet' ? transport : fragment!.header + 8;
}

/** Offset of the data of a fragment in the whole packet, in bytes. */
function startOf({ fragment }: Packet): number {
  return fragment!.offset;
}

function endOf(one: Packet): number {
  return startOf(one) + one.bytes.length - dataStart(one);
}

/** True if the fragments already there, in order, hold all of it without a gap. */
function isDuplicate(fragments: readonly Packet[], fragment: Packet): boolean {
  let end = -1;
  let start = 0;
  for (const one of fragments) {
    if (startOf(one) !== end) start = startOf(one);
    end = endOf(one);
    if (startOf(fragment) >= start && endOf(fragment) <= end) return true;
  }
  return false;
}

/** True if the fragments, in order and without overlap, are the whole packet. */
function isComplete(fragments: readonly Packet[]): boolean {
  let end = 0;
  for (const one of fragments) {
    if (startOf(one) !== end) return false;
    end = endOf(one);
  }
  return !fragments.at(-1)!.fragment!.more;
}

/** What the header of the whole packet has to say (ip_frag_reasm, nf_ct_frag6_reasm). */
function lengthOf(fragments: readonly Packet[]): number {
  const first = fragments[0]!;
  return headersOf(first) + endOf(fragments.at(-1)!) - (first.family === 'inet' ? 0 : 40);
}

/** Bytes of the headers before the data of the whole packet. */
function headersOf({ family, transport, fragment }: Packet): number {
  return family === 'inet' ? transport : fragment!.header;
}

function join(fragments: readonly Packet[]): Packet | undefined {
  const first = fragments[0]!;
  const headerLength = headersOf(first);
  const parts = fragments.map((one) => one.bytes.subarray(dataStart(one)));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, headerLength));
  bytes.set(first.bytes.subarray(0, headerLength));
  let at = headerLength;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  if (first.family === 'inet') completeIpv4(bytes, fragments);
  else completeIpv6(bytes, first);
  // What came in one piece, as an atomic fragment of IPv6 (RFC 6946), goes on in one.
  const pieces = fragments.length > 1 ? { pieces: fragments.map((one) => one.bytes.length) } : {};
  const whole = readPacket(bytes, { arrived: first.arrived, mark: first.mark, ...pieces });
  if (typeof whole === 'string') return undefined;
  if (first.recordedAt !== undefined) whole.recordedAt = first.recordedAt;
  if (first.heeded !== undefined) whole.heeded = withoutHeader(first.heeded);
  return whole;
}

/** The whole packet has a header of its own. */
function withoutHeader({ options, now, isOthers }: HeededOptions): HeededOptions {
  return { options, now, isOthers };
}

/** DF stays if the largest fragment had it (ip_fragment.c; recorded in nat-udp-fragments-df). */
function completeIpv4(bytes: Uint8Array, fragments: readonly Packet[]): void {
  const largest = (list: readonly Packet[]) => list.reduce((most, one) => Math.max(most, one.bytes.length), 0);
  const withDf = largest(fragments.filter((one) => (one.bytes[6]! & 0x40) !== 0));
  setU16(bytes, 2, bytes.length);
  setU16(bytes, 6, withDf > 0 && withDf === largest(fragments) ? 0x4000 : 0);
  sealIpv4({ family: 'inet', bytes });
}

/** The header before the fragment header takes over its next header. */
function completeIpv6(bytes: Uint8Array, { bytes: first, fragment }: Packet): void {
  setU16(bytes, 4, bytes.length - 40);
  let at = 6;
  let next = 40;
  while (next < fragment!.header) {
    const kind = first[at]!;
    at = next;
    next += extensionLength(kind, first[next + 1]!);
  }
  bytes[at] = first[fragment!.header]!;
}
