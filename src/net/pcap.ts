import { WeirError } from '../base/error.ts';
import { ByteQueue } from './byte-queue.ts';
import { concatBytes } from './bytes.ts';
import {
  DEFAULT_SNAP_LENGTH,
  type Capture,
  type CapturedPacket,
  type CaptureInterface,
  type CaptureReader,
} from './capture.ts';

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const SECOND = 1_000_000_000n;

/** The first word of a file tells the unit of the times, and by the order of its bytes that of all numbers. */
const MAGIC = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d } as const;
const MAJOR_VERSION = 2;
const MINOR_VERSION = 4;

/** True for the first four bytes of a classic pcap file. */
export function isPcap(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && formOf(viewOf(bytes)) !== undefined;
}

/**
 * Reads a classic pcap file: times in microseconds or nanoseconds, numbers in either order of bytes. The packets are views
 * into `bytes`. Source: draft-ietf-opsawg-pcap sections 4 and 5.
 * @throws WeirError CAPTURE_INVALID, also where the file ends amid a packet; a `PcapReader` gives the packets before that
 */
export function readPcap(bytes: Uint8Array): Capture {
  const reader = new PcapReader();
  const packets = reader.push(bytes);
  reader.end();
  return { interfaces: [...reader.interfaces], packets };
}

/** Reads a classic pcap file as it is written: what `tcpdump -w -` sends through a pipe. */
export class PcapReader implements CaptureReader {
  readonly interfaces: CaptureInterface[] = [];
  readonly #queue = new ByteQueue();
  #form: Form = { littleEndian: true, nanoseconds: false };

  push(chunk: Uint8Array): CapturedPacket[] {
    this.#queue.push(chunk);
    if (this.interfaces.length === 0 && !this.#readFileHeader()) return [];
    const packets: CapturedPacket[] = [];
    for (let packet = this.#readRecord(); packet !== undefined; packet = this.#readRecord()) packets.push(packet);
    return packets;
  }

  end(): void {
    if (this.interfaces.length === 0) {
      throw this.#queue.invalid('the pcap file has no header', '24 bytes', `${this.#queue.length} bytes`);
    }
    if (this.#queue.length === 0) return;
    const rest = `${this.#queue.length} bytes`;
    throw this.#queue.invalid('the pcap file ends amid a packet', 'a whole packet or the end', rest);
  }

  #readFileHeader(): boolean {
    const header = this.#queue.peek(FILE_HEADER);
    if (header === undefined) return false;
    const view = viewOf(header);
    const form = formOf(view);
    if (form === undefined) {
      const found = view.getUint32(0).toString(16).padStart(8, '0');
      throw this.#queue.invalid('this is no pcap file', 'a1b2c3d4 or a1b23c4d in either order', found);
    }
    const version = `${view.getUint16(4, form.littleEndian)}.${view.getUint16(6, form.littleEndian)}`;
    if (version !== `${MAJOR_VERSION}.${MINOR_VERSION}`) {
      throw this.#queue.invalid('this version of pcap files is unknown', `${MAJOR_VERSION}.${MINOR_VERSION}`, version);
    }
    this.#form = form;
    this.interfaces.push({
      snapLength: view.getUint32(16, form.littleEndian),
      // The upper half tells of frame check sequences.
      linkType: view.getUint32(20, form.littleEndian) & 0xffff,
    });
    this.#queue.take(FILE_HEADER);
    return true;
  }

  #readRecord(): CapturedPacket | undefined {
    const header = this.#queue.peek(RECORD_HEADER);
    if (header === undefined) return undefined;
    const { littleEndian, nanoseconds } = this.#form;
    const view = viewOf(header);
    const length = view.getUint32(8, littleEndian);
    const most = Math.max(this.interfaces[0]!.snapLength, DEFAULT_SNAP_LENGTH);
    if (length > most) {
      throw this.#queue.invalid('a packet is longer than it can be', `at most ${most} bytes`, `${length} bytes`);
    }
    const record = this.#queue.take(RECORD_HEADER + length);
    if (record === undefined) return undefined;
    const fraction = BigInt(view.getUint32(4, littleEndian)) * (nanoseconds ? 1n : 1000n);
    return {
      interface: 0,
      time: BigInt(view.getUint32(0, littleEndian)) * SECOND + fraction,
      bytes: record.subarray(RECORD_HEADER),
      originalLength: view.getUint32(12, littleEndian),
    };
  }
}

export interface PcapOptions {
  /** Unit of the times; they are rounded down to it. */
  resolution?: 'nanoseconds' | 'microseconds';
}

/**
 * Writes a classic pcap file, numbers in little-endian order. Comments, names and directions have no place in it.
 * @throws WeirError CAPTURE_INVALID for more than one interface (that takes pcapng), or a time before 1970 or after 2106
 */
export function writePcap(capture: Pick<Capture, 'interfaces' | 'packets'>, options: PcapOptions = {}): Uint8Array {
  const [only, ...others] = capture.interfaces;
  if (only === undefined || others.length > 0) {
    throw new WeirError('CAPTURE_INVALID', 'a pcap file has one interface', {
      expected: '1',
      found: String(capture.interfaces.length),
      fix: 'write pcapng',
    });
  }
  const records = capture.packets.map((packet) => pcapRecord(packet, options));
  return concatBytes(pcapHeader(only, options), ...records);
}

/** The 24 bytes at the start of a file. */
export function pcapHeader(
  { linkType, snapLength }: Pick<CaptureInterface, 'linkType' | 'snapLength'>,
  { resolution = 'nanoseconds' }: PcapOptions = {},
): Uint8Array {
  const bytes = new Uint8Array(FILE_HEADER);
  const view = viewOf(bytes);
  view.setUint32(0, MAGIC[resolution], true);
  view.setUint16(4, MAJOR_VERSION, true);
  view.setUint16(6, MINOR_VERSION, true);
  view.setUint32(16, snapLength, true);
  view.setUint32(20, linkType, true);
  return bytes;
}

/**
 * A packet as it is appended to a file with a header of the same options.
 * @throws WeirError CAPTURE_INVALID for a time that the file cannot hold
 */
export function pcapRecord(
  { time, bytes, originalLength }: Pick<CapturedPacket, 'time' | 'bytes' | 'originalLength'>,
  { resolution = 'nanoseconds' }: PcapOptions = {},
): Uint8Array {
  const seconds = time / SECOND;
  if (time < 0n || seconds > 0xffffffffn) {
    throw new WeirError('CAPTURE_INVALID', 'a pcap file cannot hold this time', {
      expected: 'nanoseconds since 1970, up to the year 2106',
      found: String(time),
    });
  }
  const record = new Uint8Array(RECORD_HEADER + bytes.length);
  const view = viewOf(record);
  const nanoseconds = Number(time % SECOND);
  view.setUint32(0, Number(seconds), true);
  view.setUint32(4, resolution === 'nanoseconds' ? nanoseconds : Math.floor(nanoseconds / 1000), true);
  view.setUint32(8, bytes.length, true);
  view.setUint32(12, originalLength, true);
  record.set(bytes, RECORD_HEADER);
  return record;
}

interface Form {
  littleEndian: boolean;
  nanoseconds: boolean;
}

function formOf(view: DataView): Form | undefined {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === MAGIC.microseconds) return { littleEndian, nanoseconds: false };
    if (magic === MAGIC.nanoseconds) return { littleEndian, nanoseconds: true };
  }
  return undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
