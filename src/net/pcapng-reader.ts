import { WeirError } from '../base/error.ts';
import { ByteQueue } from './byte-queue.ts';
import { DEFAULT_SNAP_LENGTH, type CapturedPacket, type CaptureInterface, type CaptureReader } from './capture.ts';
import { BLOCK, BLOCK_OVERHEAD, OPTION, padded, parseOptions, textOf, type BlockOption } from './pcapng-block.ts';

const SECOND = 1_000_000_000n;
const MAGIC_LITTLE_ENDIAN = 0x4d3c2b1a;
const MAGIC_BIG_ENDIAN = 0x1a2b3c4d;
/** As Wireshark has it; more is a damaged file. */
const MOST_BLOCK = 16 * 1024 * 1024;
/** The resolution of an interface that names none: microseconds. */
const DEFAULT_RESOLUTION = 6;

/** How an interface counts time. */
interface Clock {
  ticksPerSecond: bigint;
  /** Nanoseconds to add. */
  offset: bigint;
}

/** The body of a block, with its numbers in the order of its section. */
interface Block {
  type: number;
  body: Uint8Array;
  view: DataView;
  littleEndian: boolean;
}

/** True for the first four bytes of a pcapng file. */
export function isPcapng(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) === BLOCK.section;
}

/**
 * Reads a pcapng file as it is written. Several sections, in either order of bytes, make one capture. Blocks that hold neither
 * packets nor interfaces (names, statistics, secrets) are passed over. Source: draft-ietf-opsawg-pcapng sections 3 and 4.
 */
export class PcapngReader implements CaptureReader {
  readonly interfaces: CaptureInterface[] = [];
  readonly #clocks: Clock[] = [];
  readonly #queue = new ByteQueue();
  #comment: string | undefined;
  #littleEndian: boolean | undefined;
  /** Packets count interfaces from the start of their section. */
  #firstOfSection = 0;

  /** Of the first section that has one. */
  get comment(): string | undefined {
    return this.#comment;
  }

  push(chunk: Uint8Array): CapturedPacket[] {
    this.#queue.push(chunk);
    const packets: CapturedPacket[] = [];
    for (let block = this.#takeBlock(); block !== undefined; block = this.#takeBlock()) {
      const packet = this.#readBlock(block);
      if (packet !== undefined) packets.push(packet);
    }
    return packets;
  }

  end(): void {
    const waiting = `${this.#queue.length} bytes`;
    if (this.#littleEndian === undefined) {
      throw this.#queue.invalid('the pcapng file has no section header', '28 bytes', waiting);
    }
    if (this.#queue.length > 0) {
      throw this.#queue.invalid('the pcapng file ends amid a block', 'a whole block or the end', waiting);
    }
  }

  #takeBlock(): Block | undefined {
    const start = this.#queue.peek(BLOCK_OVERHEAD);
    if (start === undefined) return undefined;
    const littleEndian = this.#byteOrder(start);
    const length = viewOf(start).getUint32(4, littleEndian);
    if (length < BLOCK_OVERHEAD || length % 4 !== 0 || length > MOST_BLOCK) {
      throw this.#queue.invalid('a pcapng block has an impossible length', 'a multiple of 4, 12 or more', `${length}`);
    }
    const whole = this.#queue.peek(length);
    if (whole === undefined) return undefined;
    const again = viewOf(whole).getUint32(length - 4, littleEndian);
    if (again !== length) {
      throw this.#queue.invalid('the two lengths of a pcapng block differ', `${length}`, `${again}`);
    }
    this.#queue.take(length);
    const body = whole.subarray(8, length - 4);
    return { type: viewOf(whole).getUint32(0, littleEndian), body, view: viewOf(body), littleEndian };
  }

  /** The order of bytes of a block: a section header tells its own, the others follow it. */
  #byteOrder(start: Uint8Array): boolean {
    const view = viewOf(start);
    if (view.getUint32(0) === BLOCK.section) {
      const magic = view.getUint32(8);
      if (magic === MAGIC_LITTLE_ENDIAN) return true;
      if (magic === MAGIC_BIG_ENDIAN) return false;
      throw this.#queue.invalid('a section has no order of bytes', '1a2b3c4d in either order', magic.toString(16));
    }
    if (this.#littleEndian === undefined) {
      const found = view.getUint32(0).toString(16).padStart(8, '0');
      throw this.#queue.invalid('this is no pcapng file', '0a0d0d0a', found);
    }
    return this.#littleEndian;
  }

  #readBlock(block: Block): CapturedPacket | undefined {
    switch (block.type) {
      case BLOCK.section:
        this.#readSection(block);
        return undefined;
      case BLOCK.interface:
        this.#readInterface(block);
        return undefined;
      case BLOCK.enhancedPacket:
        needBody(block, 20);
        return this.#readPacket(block, block.view.getUint32(0, block.littleEndian));
      case BLOCK.oldPacket:
        needBody(block, 20);
        return this.#readPacket(block, block.view.getUint16(0, block.littleEndian));
      case BLOCK.simplePacket:
        needBody(block, 4);
        return this.#readSimplePacket(block);
      default:
        return undefined;
    }
  }

  #readSection(block: Block): void {
    const { view, littleEndian, body } = block;
    needBody(block, 16);
    const version = view.getUint16(4, littleEndian);
    if (version !== 1) throw invalidBlock('this version of pcapng is unknown', 'major version 1', `${version}`);
    this.#littleEndian = littleEndian;
    this.#firstOfSection = this.interfaces.length;
    this.#comment ??= textOf(parseOptions(body.subarray(16), littleEndian), OPTION.comment);
  }

  #readInterface(block: Block): void {
    const { view, littleEndian, body } = block;
    needBody(block, 8);
    const options = parseOptions(body.subarray(8), littleEndian);
    const name = textOf(options, OPTION.interfaceName);
    const description = textOf(options, OPTION.interfaceDescription);
    const comment = textOf(options, OPTION.comment);
    this.interfaces.push({
      linkType: view.getUint16(0, littleEndian),
      snapLength: view.getUint32(4, littleEndian),
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      ...(comment !== undefined && { comment }),
    });
    this.#clocks.push(clockOf(options, littleEndian));
  }

  #readPacket(block: Block, interfaceOfSection: number): CapturedPacket {
    const { view, littleEndian, body } = block;
    const index = this.#interfaceIndex(interfaceOfSection);
    const length = view.getUint32(12, littleEndian);
    if (20 + padded(length) > body.length) {
      throw invalidBlock('a packet is longer than its block', `at most ${body.length - 20} bytes`, `${length} bytes`);
    }
    const ticks = (BigInt(view.getUint32(4, littleEndian)) << 32n) | BigInt(view.getUint32(8, littleEndian));
    const options = parseOptions(body.subarray(20 + padded(length)), littleEndian);
    const comment = textOf(options, OPTION.comment);
    const direction = directionOf(options, littleEndian);
    return {
      interface: index,
      time: nanosecondsOf(ticks, this.#clocks[index]!),
      bytes: body.subarray(20, 20 + length),
      originalLength: view.getUint32(16, littleEndian),
      ...(comment !== undefined && { comment }),
      ...(direction && { direction }),
    };
  }

  /** A packet of the section's first interface without a time, which is given as 0. */
  #readSimplePacket(block: Block): CapturedPacket {
    const { view, littleEndian, body } = block;
    const index = this.#interfaceIndex(0);
    const originalLength = view.getUint32(0, littleEndian);
    const snapLength = this.interfaces[index]!.snapLength || DEFAULT_SNAP_LENGTH;
    const length = Math.min(originalLength, snapLength);
    if (length > body.length - 4) {
      throw invalidBlock('a packet is longer than its block', `at most ${body.length - 4} bytes`, `${length} bytes`);
    }
    return { interface: index, time: 0n, bytes: body.subarray(4, 4 + length), originalLength };
  }

  #interfaceIndex(ofSection: number): number {
    const known = this.interfaces.length - this.#firstOfSection;
    if (ofSection < known) return this.#firstOfSection + ofSection;
    throw invalidBlock('a packet belongs to no interface', `an index below ${known}`, `${ofSection}`);
  }
}

function needBody({ body }: Block, size: number): void {
  if (body.length < size) throw invalidBlock('a pcapng block is too short', `${size} bytes`, `${body.length} bytes`);
}

function invalidBlock(message: string, expected: string, found: string): WeirError {
  return new WeirError('CAPTURE_INVALID', message, { expected, found });
}

/** Resolution: a power of ten or, with the upper bit, of two. Offset: whole seconds. */
function clockOf(options: readonly BlockOption[], littleEndian: boolean): Clock {
  const resolution = options.find(({ code }) => code === OPTION.timeResolution)?.value[0] ?? DEFAULT_RESOLUTION;
  const exponent = BigInt(resolution & 0x7f);
  const offset = options.find(({ code, value }) => code === OPTION.timeOffset && value.length === 8)?.value;
  return {
    ticksPerSecond: resolution & 0x80 ? 2n ** exponent : 10n ** exponent,
    offset: offset === undefined ? 0n : viewOf(offset).getBigInt64(0, littleEndian) * SECOND,
  };
}

function nanosecondsOf(ticks: bigint, { ticksPerSecond, offset }: Clock): bigint {
  return (ticks * SECOND) / ticksPerSecond + offset;
}

function directionOf(options: readonly BlockOption[], littleEndian: boolean): CapturedPacket['direction'] {
  const flags = options.find(({ code, value }) => code === OPTION.packetFlags && value.length === 4)?.value;
  if (flags === undefined) return undefined;
  const direction = viewOf(flags).getUint32(0, littleEndian) & 3;
  if (direction === 1) return 'in';
  return direction === 2 ? 'out' : undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
