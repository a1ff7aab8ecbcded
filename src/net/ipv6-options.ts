import { invalid, needBytes } from './codec.ts';

/** Type of the option that says how much padding follows; type 0 is one byte of padding without a length. */
const PAD_N = 1;
const PAD_1 = 0;

/** An option within a hop-by-hop or destination options header, padding left out (RFC 8200 section 4.2). */
export interface Ipv6Option {
  /** The upper two bits say what a host does that does not know the option, the third whether routers may change it. */
  type: number;
  data: Uint8Array;
}

/**
 * Reads the `data` of a hop-by-hop or destination options header.
 * @throws WeirError FRAME_INVALID where a length is impossible
 */
export function parseIpv6Options(data: Uint8Array): Ipv6Option[] {
  const options: Ipv6Option[] = [];
  for (let offset = 0; offset < data.length;) {
    const type = data[offset]!;
    if (type === PAD_1) {
      offset += 1;
      continue;
    }
    needBytes('IPv6 option', offset, data.length, 2);
    const length = data[offset + 1]!;
    if (offset + 2 + length > data.length) {
      throw invalid(
        'IPv6 option is cut off',
        offset + 1,
        `at most ${data.length - offset - 2} bytes`,
        `${length} bytes`,
      );
    }
    if (type !== PAD_N) options.push({ type, data: data.subarray(offset + 2, offset + 2 + length) });
    offset += 2 + length;
  }
  return options;
}

/** The `data` of an extension header with these options, padded so that the header is a multiple of 8 bytes long. */
export function formatIpv6Options(options: readonly Ipv6Option[]): Uint8Array {
  const used = options.reduce((sum, { data }) => sum + 2 + data.length, 0);
  const bytes = new Uint8Array(((2 + used + 7) & ~7) - 2);
  let offset = 0;
  for (const { type, data } of options) {
    bytes[offset] = type;
    bytes[offset + 1] = data.length;
    bytes.set(data, offset + 2);
    offset += 2 + data.length;
  }
  const padding = bytes.length - offset;
  if (padding > 1) {
    bytes[offset] = PAD_N;
    bytes[offset + 1] = padding - 2;
  }
  return bytes;
}
