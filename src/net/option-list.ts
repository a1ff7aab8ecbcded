import { setU16 } from './bytes.ts';
import { invalid } from './codec.ts';

/**
 * The form that options of IPv4 (RFC 791 section 3.1) and TCP (RFC 9293 section 3.2) share: a code, a length that counts
 * both, data; code 0 ends the list, code 1 is a filler of one byte.
 */
export interface RawOption {
  code: number;
  /** Empty for the filler. A view into the frame, not a copy. */
  data: Uint8Array;
}

const END = 0;
export const NO_OPERATION = 1;

/**
 * The options up to the end of the list; what follows it is padding.
 * @throws WeirError FRAME_INVALID where a length is impossible
 */
export function parseOptionList(bytes: Uint8Array): RawOption[] {
  const options: RawOption[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const code = bytes[offset]!;
    if (code === END) break;
    const length = code === NO_OPERATION ? 1 : (bytes[offset + 1] ?? 0);
    if (offset + length > bytes.length || (code !== NO_OPERATION && length < 2)) {
      const room = bytes.length - offset;
      throw invalid(`option ${code} has an impossible length`, offset + 1, `2 to ${room}`, String(length));
    }
    options.push({ code, data: bytes.subarray(offset + 2, offset + length) });
    offset += length;
  }
  return options;
}

/** The options as a header holds them, padded with zeros to a multiple of 4 bytes. */
export function formatOptionList(options: readonly RawOption[]): Uint8Array {
  const lengths = options.map(({ code, data }) => (code === NO_OPERATION ? 1 : 2 + data.length));
  const bytes = new Uint8Array((lengths.reduce((sum, length) => sum + length, 0) + 3) & ~3);
  let offset = 0;
  for (const [index, { code, data }] of options.entries()) {
    bytes[offset] = code;
    if (code !== NO_OPERATION) {
      setU16(bytes, offset, (code << 8) | lengths[index]!);
      bytes.set(data, offset + 2);
    }
    offset += lengths[index]!;
  }
  return bytes;
}
