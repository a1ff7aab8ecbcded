import { WeirError } from '../base/error.ts';
import { concatBytes, NO_BYTES } from './bytes.ts';

/** Types of the blocks of a pcapng file (draft-ietf-opsawg-pcapng section 11.1). Others are passed over. */
export const BLOCK = {
  section: 0x0a0d0d0a,
  interface: 1,
  /** Of the first drafts; no longer written. */
  oldPacket: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const;

/** Codes of options: section 3.5 (comment), 4.1, 4.2 and 4.3. */
export const OPTION = {
  end: 0,
  comment: 1,
  packetFlags: 2,
  interfaceName: 2,
  interfaceDescription: 3,
  application: 4,
  timeResolution: 9,
  timeOffset: 14,
} as const;

export interface BlockOption {
  code: number;
  value: Uint8Array;
}

/** Type and length before the body, the length once more after it. */
export const BLOCK_OVERHEAD = 12;

const text = { encoder: new TextEncoder(), decoder: new TextDecoder() };

/** A block with its body and options, in little-endian order. The body must be a multiple of 4 bytes long. */
export function formatBlock(type: number, body: Uint8Array, options: readonly BlockOption[]): Uint8Array {
  const end = options.length > 0 ? new Uint8Array(4) : NO_BYTES;
  const content = concatBytes(body, ...options.map(formatOption), end);
  const block = new Uint8Array(BLOCK_OVERHEAD + content.length);
  const view = new DataView(block.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, block.length, true);
  block.set(content, 8);
  view.setUint32(block.length - 4, block.length, true);
  return block;
}

/** The bytes of a text option; none where there is no text. */
export function textOption(code: number, value: string | undefined): BlockOption[] {
  return value === undefined ? [] : [{ code, value: text.encoder.encode(value) }];
}

/**
 * Reads the options at the end of a block's body. A list without an end marker ends with the block.
 * @throws WeirError CAPTURE_INVALID where one is cut off
 */
export function parseOptions(bytes: Uint8Array, littleEndian: boolean): BlockOption[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const options: BlockOption[] = [];
  for (let offset = 0; offset + 4 <= bytes.length;) {
    const code = view.getUint16(offset, littleEndian);
    const length = view.getUint16(offset + 2, littleEndian);
    if (code === OPTION.end) break;
    if (offset + 4 + length > bytes.length) {
      throw new WeirError('CAPTURE_INVALID', `option ${code} of a pcapng block is cut off`, {
        expected: `${length} bytes`,
        found: `${bytes.length - offset - 4} bytes`,
      });
    }
    options.push({ code, value: bytes.subarray(offset + 4, offset + 4 + length) });
    offset += 4 + padded(length);
  }
  return options;
}

/** The text of an option; several of one code make several lines, none makes undefined. */
export function textOf(options: readonly BlockOption[], code: number): string | undefined {
  const lines = options.filter((option) => option.code === code).map(({ value }) => text.decoder.decode(value));
  return lines.length === 0 ? undefined : lines.join('\n');
}

/** The length rounded up to a multiple of 4. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

function formatOption({ code, value }: BlockOption): Uint8Array {
  if (value.length > 0xffff) {
    throw new WeirError('CAPTURE_INVALID', `option ${code} is too long for a pcapng file`, {
      expected: 'at most 65535 bytes',
      found: `${value.length} bytes`,
    });
  }
  const bytes = new Uint8Array(4 + padded(value.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  bytes.set(value, 4);
  return bytes;
}
