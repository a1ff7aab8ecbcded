import { WeirError } from '../base/error.ts';
import { concatBytes } from './bytes.ts';
import type { Capture, CapturedPacket, CaptureInterface } from './capture.ts';
import { BLOCK, formatBlock, OPTION, padded, textOption, type BlockOption } from './pcapng-block.ts';
import { PcapngReader } from './pcapng-reader.ts';

export { isPcapng, PcapngReader } from './pcapng-reader.ts';

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const UNKNOWN_LENGTH = -1n;
/** Of the times: 10 to the power of minus this many seconds. */
const NANOSECONDS = 9;
/** Lowest bits of a packet's flags (draft-ietf-opsawg-pcapng section 4.3.1). */
const DIRECTION = { in: 1, out: 2 } as const;

/**
 * Reads a pcapng file. The packets are views into `bytes`.
 * @throws WeirError CAPTURE_INVALID, also where the file ends amid a block; a `PcapngReader` gives the packets before that
 */
export function readPcapng(bytes: Uint8Array): Capture {
  const reader = new PcapngReader();
  const packets = reader.push(bytes);
  reader.end();
  const { interfaces, comment } = reader;
  return { interfaces: [...interfaces], packets, ...(comment !== undefined && { comment }) };
}

/**
 * Writes a pcapng file: one section, an interface block for each interface, times in nanoseconds, numbers in little-endian
 * order. libpcap, and so tcpdump, reads only files whose interfaces have one link type and one snap length.
 * Source: draft-ietf-opsawg-pcapng section 4.
 * @throws WeirError CAPTURE_INVALID for a packet of no interface, a time out of range, or a text over 65,535 bytes
 */
export function writePcapng(capture: Capture): Uint8Array {
  const { interfaces, packets, comment } = capture;
  for (const packet of packets) checkInterface(packet, interfaces.length);
  return concatBytes(pcapngSection(comment), ...interfaces.map(pcapngInterface), ...packets.map(pcapngPacket));
}

/** The block at the start of a file. */
export function pcapngSection(comment?: string): Uint8Array {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  view.setUint32(0, BYTE_ORDER_MAGIC, true);
  view.setUint16(4, 1, true);
  view.setBigInt64(8, UNKNOWN_LENGTH, true);
  const options = [...textOption(OPTION.comment, comment), ...textOption(OPTION.application, 'Weir')];
  return formatBlock(BLOCK.section, body, options);
}

/** The block that describes an interface; packets name it by its place among these blocks, from 0. */
export function pcapngInterface(description: CaptureInterface): Uint8Array {
  const body = new Uint8Array(8);
  const view = new DataView(body.buffer);
  view.setUint16(0, description.linkType, true);
  view.setUint32(4, description.snapLength, true);
  return formatBlock(BLOCK.interface, body, [
    ...textOption(OPTION.comment, description.comment),
    ...textOption(OPTION.interfaceName, description.name),
    ...textOption(OPTION.interfaceDescription, description.description),
    { code: OPTION.timeResolution, value: Uint8Array.of(NANOSECONDS) },
  ]);
}

/**
 * A packet as it is appended to a file.
 * @throws WeirError CAPTURE_INVALID for a time out of range or a comment over 65,535 bytes
 */
export function pcapngPacket(packet: CapturedPacket): Uint8Array {
  if (packet.time < 0n || packet.time >= 1n << 64n) {
    throw new WeirError('CAPTURE_INVALID', 'a pcapng file cannot hold this time', {
      expected: 'nanoseconds since 1970, less than 2^64',
      found: String(packet.time),
    });
  }
  const body = new Uint8Array(20 + padded(packet.bytes.length));
  const view = new DataView(body.buffer);
  view.setUint32(0, packet.interface, true);
  view.setUint32(4, Number(packet.time >> 32n), true);
  view.setUint32(8, Number(packet.time & 0xffffffffn), true);
  view.setUint32(12, packet.bytes.length, true);
  view.setUint32(16, packet.originalLength, true);
  body.set(packet.bytes, 20);
  return formatBlock(BLOCK.enhancedPacket, body, [
    ...textOption(OPTION.comment, packet.comment),
    ...directionOption(packet.direction),
  ]);
}

function directionOption(direction: CapturedPacket['direction']): BlockOption[] {
  if (direction === undefined) return [];
  return [{ code: OPTION.packetFlags, value: Uint8Array.of(DIRECTION[direction], 0, 0, 0) }];
}

function checkInterface(packet: CapturedPacket, interfaces: number): void {
  if (Number.isInteger(packet.interface) && packet.interface >= 0 && packet.interface < interfaces) return;
  throw new WeirError('CAPTURE_INVALID', 'a packet belongs to no interface of the capture', {
    expected: `an index below ${interfaces}`,
    found: String(packet.interface),
  });
}
