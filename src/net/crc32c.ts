/** Castagnoli's polynomial 0x1edc6f41, bits reversed (RFC 9260 appendix A). */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  return remainder;
});

/**
 * CRC32c of the bytes from `start` to `end` (exclusive), as an unsigned number: 0xe3069283 for `123456789`.
 * @param previous the CRC of what came before, to go on with it
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, previous = 0): number {
  let remainder = ~previous;
  for (let index = start; index < end; index++) {
    remainder = (remainder >>> 8) ^ TABLE[(remainder ^ bytes[index]!) & 0xff]!;
  }
  return ~remainder >>> 0;
}
