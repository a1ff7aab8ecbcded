import { WeirError } from '../base/error.ts';

/**
 * One protocol's header as data and as bytes. Codecs know nothing of each other; `frame.ts` puts them in a row.
 * `Header` is what reading gives, every field present. `Draft` is what writing takes: lengths and checksums may be left out.
 */
export interface Codec<Header extends Draft, Draft> {
  /**
   * Reads the header at `offset`. `end` (exclusive) is where the bytes stop that the layer around it has for it.
   * @param announced the number by which the layer around it named it; only IPv6 extension headers need it
   * @throws WeirError FRAME_INVALID where no header of this protocol can stand there
   */
  parse(bytes: Uint8Array, offset: number, end: number, announced?: number): Header;

  /** Length in bytes with options, a multiple of 4 (2 for Ethernet). */
  size(header: Draft): number;

  /** Writes the header at `offset`. What follows it up to `context.end` must be there: checksums cover it. */
  write(header: Draft, bytes: Uint8Array, offset: number, context: WriteContext): void;
}

export interface WriteContext {
  /** Where what this header carries ends, exclusive. */
  end: number;
  /** True: write the lengths and checksums that the header gives and compute those that it leaves out. False: compute all. */
  keep: boolean;
  /** `addressSum` of the IP header around this one, for the pseudo header. */
  addressSum: number;
}

/** `Header` with the fields that writing can compute left to choice. */
export type WithComputed<Header, Computed extends keyof Header> = Omit<Header, Computed> &
  Partial<Pick<Header, Computed>>;

/** The given value if it is to be kept, else the computed one. */
export function keptOr(keep: boolean, given: number | undefined, compute: () => number): number {
  return keep && given !== undefined ? given : compute();
}

/**
 * A length for a field of 16 bits.
 * @throws WeirError FRAME_INVALID where it does not fit
 */
export function length16(protocol: string, length: number): number {
  if (length <= 0xffff) return length;
  throw new WeirError('FRAME_INVALID', `${protocol} packet is too long`, {
    expected: 'at most 65535 bytes',
    found: `${length} bytes`,
  });
}

/**
 * The room that variable bytes of a header take, rounded up to whole units; the rest of the last unit is zeros.
 * @param most of them, in bytes, that the header's length field can tell
 * @throws WeirError FRAME_INVALID where there are more
 */
export function roomFor(protocol: string, variable: Uint8Array, unit: number, most: number): number {
  const room = Math.ceil(variable.length / unit) * unit;
  if (room <= most) return room;
  throw new WeirError('FRAME_INVALID', `${protocol} is too long`, {
    expected: `at most ${most} bytes`,
    found: `${variable.length} bytes`,
  });
}

/** A header and its payload as bytes of their own. */
export function format<Header extends Draft, Draft>(
  codec: Codec<Header, Draft>,
  header: Draft,
  payload: Uint8Array,
  context: Partial<Omit<WriteContext, 'end'>> = {},
): Uint8Array {
  const size = codec.size(header);
  const bytes = new Uint8Array(size + payload.length);
  bytes.set(payload, size);
  codec.write(header, bytes, 0, { end: bytes.length, keep: false, addressSum: 0, ...context });
  return bytes;
}

/**
 * Refuses a header for which there are too few bytes.
 * @throws WeirError FRAME_INVALID
 */
export function needBytes(protocol: string, offset: number, end: number, size: number): void {
  if (end - offset < size) throw tooShort(protocol, offset, end, size);
}

function tooShort(protocol: string, offset: number, end: number, size: number): WeirError {
  return invalid(`${protocol} is cut off`, offset, `${size} bytes`, `${Math.max(end - offset, 0)} bytes`);
}

/** FRAME_INVALID at a byte offset. */
export function invalid(message: string, offset: number, expected: string, found: string): WeirError {
  return new WeirError('FRAME_INVALID', message, { where: `byte ${offset}`, expected, found });
}
