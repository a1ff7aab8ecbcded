import { checksum } from './checksum.ts';
import type { WriteContext } from './codec.ts';

/**
 * The checksum of a transport packet from `offset` to the end of its context, pseudo header included. Its checksum field must
 * be zero. Source: RFC 9293 section 3.1, RFC 768, RFC 8200 section 8.1.
 * @param protocol `IP_PROTOCOL` of the transport
 */
export function transportChecksum(
  protocol: number,
  bytes: Uint8Array,
  offset: number,
  { end, addressSum }: Pick<WriteContext, 'end' | 'addressSum'>,
): number {
  const length = end - offset;
  return checksum(bytes, offset, end, addressSum + protocol + (length >>> 16) + (length & 0xffff));
}
