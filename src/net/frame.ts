import { WeirError } from '../base/error.ts';
import { plainBytes, u16 } from './bytes.ts';
import { invalid, needBytes } from './codec.ts';
import { GUE_PORT } from './gue.ts';
import { CODECS, type Layer, type LayerHeaders, type LayerName, type LayerOf } from './layer.ts';
import { FOLLOW, IPV4_PROTOCOLS, type Cursor } from './layer-order.ts';

export { formatFrame, type FormatOptions, type FrameDraft } from './format-frame.ts';
export type { Layer, LayerDraft, LayerHeaders, LayerName } from './layer.ts';

/** A frame or packet as its stack of headers. It keeps the bytes it was read from; views into them are no copies. */
export class Frame {
  readonly bytes: Uint8Array;
  /** Outermost first. What an ICMP error quotes is payload, not a layer (`parseQuote`). */
  readonly layers: readonly Layer[];
  /** Where the payload of the innermost layer starts and ends (exclusive). */
  readonly payloadOffset: number;
  readonly payloadEnd: number;
  readonly malformed: Malformed | undefined;

  constructor(layers: readonly LayerOf<LayerName>[], cursor: Cursor, malformed: Malformed | undefined) {
    this.bytes = cursor.bytes;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- readLayer takes name and header from one row of its tables
    this.layers = layers as readonly Layer[];
    this.payloadOffset = cursor.offset;
    this.payloadEnd = cursor.end;
    this.malformed = malformed;
  }

  /** What the innermost layer carries. */
  get payload(): Uint8Array {
    return this.bytes.subarray(this.payloadOffset, this.payloadEnd);
  }

  /** What stands after it: Ethernet padding, or bytes that a length field leaves out. */
  get trailer(): Uint8Array {
    return this.bytes.subarray(this.payloadEnd);
  }

  /** The outermost header of a protocol. */
  find<Name extends LayerName>(name: Name): LayerHeaders[Name] | undefined {
    return this.layers.find((layer): layer is Layer & LayerOf<Name> => layer.name === name)?.header;
  }

  /** The innermost header of a protocol: of the packet within the tunnel. */
  findLast<Name extends LayerName>(name: Name): LayerHeaders[Name] | undefined {
    return this.layers.findLast((layer): layer is Layer & LayerOf<Name> => layer.name === name)?.header;
  }

  /**
   * The outermost header of a protocol that must be there.
   * @throws WeirError FRAME_INVALID
   */
  get<Name extends LayerName>(name: Name): LayerHeaders[Name] {
    const header = this.find(name);
    if (header !== undefined) return header;
    throw new WeirError('FRAME_INVALID', `the frame has no ${name} header`, {
      expected: name,
      found: this.layers.map((layer) => layer.name).join(' / '),
      ...(this.malformed && { cause: this.malformed.error }),
    });
  }
}

/** Why a payload is not read further although its protocol is known: it ought to start with this header. */
export interface Malformed {
  readonly name: LayerName;
  readonly error: WeirError;
}

export interface ParseOptions {
  /** UDP destination ports on which GUE is spoken; `GUE_PORT` unless told. */
  guePorts?: readonly number[];
}

const DEFAULT_GUE_PORTS: readonly number[] = [GUE_PORT];

/**
 * Reads an Ethernet frame as far as its protocols are known. Checksums are not verified, and a length beyond the end of the
 * bytes means up to their end; `frameFaults` tells of both. An inner header that cannot be read is left as payload, with `malformed`.
 * @throws WeirError FRAME_INVALID if there is no Ethernet header
 */
export function parseFrame(bytes: Uint8Array, options: ParseOptions = {}): Frame {
  return parseFrom('ethernet', bytes, options);
}

/**
 * As `parseFrame`, for a packet that starts with its IP header.
 * @throws WeirError FRAME_INVALID if there is no IP header
 */
export function parsePacket(bytes: Uint8Array, options: ParseOptions = {}): Frame {
  needBytes('IP packet', 0, bytes.length, 1);
  const version = bytes[0]! >> 4;
  if (version === 4) return parseFrom('ipv4', bytes, options);
  if (version === 6) return parseFrom('ipv6', bytes, options);
  throw invalid('this is no IP packet', 0, 'version 4 or 6', `version ${version}`);
}

/** As `parsePacket`, for what an ICMP error quotes; undefined if that is no IP packet. */
export function parseQuote(payload: Uint8Array, options: ParseOptions = {}): Frame | undefined {
  try {
    return parsePacket(payload, options);
  } catch (error) {
    if (error instanceof WeirError) return undefined;
    throw error;
  }
}

const HAVE_PORTS: ReadonlySet<LayerName> = new Set<LayerName>(['tcp', 'udp', 'sctp']);

export interface Ports {
  source: number;
  destination: number;
}

/**
 * The innermost ports of a frame. ICMP errors may quote as little as 8 bytes after the IP header (RFC 792), which is no whole
 * TCP header but has the ports.
 */
export function portsOf(frame: Frame): Ports | undefined {
  const last = frame.layers.at(-1)!;
  if (last.name === 'tcp' || last.name === 'udp' || last.name === 'sctp') return last.header;
  const { malformed, payload } = frame;
  if (malformed === undefined || !HAVE_PORTS.has(malformed.name) || payload.length < 4) return undefined;
  return { source: u16(payload, 0), destination: u16(payload, 2) };
}

function parseFrom(first: LayerName, bytes: Uint8Array, options: ParseOptions): Frame {
  const layers: LayerOf<LayerName>[] = [];
  const cursor: Cursor = {
    bytes: plainBytes(bytes),
    guePorts: options.guePorts ?? DEFAULT_GUE_PORTS,
    offset: 0,
    end: bytes.length,
    next: first,
    announced: 0,
    protocols: IPV4_PROTOCOLS,
  };
  try {
    while (cursor.next !== undefined) layers.push(readLayer(cursor.next, cursor));
  } catch (error) {
    if (!(error instanceof WeirError) || layers.length === 0 || cursor.next === undefined) throw error;
    return new Frame(layers, cursor, { name: cursor.next, error });
  }
  return new Frame(layers, cursor, undefined);
}

function readLayer<Name extends LayerName>(name: Name, cursor: Cursor): LayerOf<Name> {
  const { bytes, offset, end, announced } = cursor;
  const header: LayerHeaders[Name] = CODECS[name].parse(bytes, offset, end, announced);
  FOLLOW[name](header, cursor);
  return { name, header, offset, end: cursor.end };
}
