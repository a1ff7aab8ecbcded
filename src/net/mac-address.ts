import { WeirError } from '../base/error.ts';
import { addressToBytes, type IpAddress } from './ip-address.ts';

/** An Ethernet address as canonical text: six lower-case hexadecimal bytes and colons, `02:00:00:00:00:0a`. */
export type MacAddress = string;

export const BROADCAST_MAC: MacAddress = 'ff:ff:ff:ff:ff:ff';
export const ZERO_MAC: MacAddress = '00:00:00:00:00:00';

const MAC_PATTERN = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const COLON_HEX = HEX.map((text) => `:${text}`);

/**
 * Reads `aa:bb:cc:dd:ee:ff`, in either case; other separators and shortened bytes are refused.
 * @returns 6 bytes in the order on the wire
 * @throws WeirError ADDRESS_INVALID
 */
export function parseMac(text: string): Uint8Array {
  const bytes = new Uint8Array(6);
  writeMac(bytes, 0, text);
  return bytes;
}

/**
 * Writes the six bytes of an Ethernet address at `offset`.
 * @throws WeirError ADDRESS_INVALID for what `parseMac` refuses
 */
export function writeMac(bytes: Uint8Array, offset: number, text: string): void {
  if (!MAC_PATTERN.test(text)) {
    throw new WeirError('ADDRESS_INVALID', `${JSON.stringify(text)} is no Ethernet address`, {
      expected: 'six hexadecimal bytes with colons, such as 02:00:00:00:00:0a',
      found: JSON.stringify(text),
    });
  }
  for (let index = 0; index < 6; index++) {
    const high = digitValue(text.charCodeAt(index * 3));
    bytes[offset + index] = high * 16 + digitValue(text.charCodeAt(index * 3 + 1));
  }
}

/**
 * The canonical text of 6 bytes.
 * @throws WeirError ADDRESS_INVALID for any other number of bytes
 */
export function formatMac(bytes: Uint8Array): MacAddress {
  if (bytes.length === 6) return macAt(bytes, 0);
  throw new WeirError('ADDRESS_INVALID', `${bytes.length} bytes are no Ethernet address`, {
    expected: '6 bytes',
    found: `${bytes.length} bytes`,
  });
}

/** The Ethernet address whose six bytes stand at `offset`; they must be there. */
export function macAt(bytes: Uint8Array, offset: number): MacAddress {
  return (
    HEX[bytes[offset]!]! +
    COLON_HEX[bytes[offset + 1]!]! +
    COLON_HEX[bytes[offset + 2]!]! +
    COLON_HEX[bytes[offset + 3]!]! +
    COLON_HEX[bytes[offset + 4]!]! +
    COLON_HEX[bytes[offset + 5]!]!
  );
}

/** True for group addresses (broadcast and multicast): the lowest bit of the first byte (IEEE 802, section 8.2). */
export function isGroupMac(mac: MacAddress): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

/**
 * The Ethernet address to which a multicast packet goes: RFC 1112 section 6.4 for IPv4, RFC 2464 section 7 for IPv6.
 * @throws WeirError ADDRESS_INVALID for what is no multicast address
 */
export function multicastMac(address: IpAddress): MacAddress {
  const bytes = addressToBytes(address);
  if (bytes.length === 4 && bytes[0]! >> 4 === 0xe) {
    return macAt(Uint8Array.of(0x01, 0x00, 0x5e, bytes[1]! & 0x7f, bytes[2]!, bytes[3]!), 0);
  }
  if (bytes.length === 16 && bytes[0] === 0xff) {
    return macAt(Uint8Array.of(0x33, 0x33, bytes[12]!, bytes[13]!, bytes[14]!, bytes[15]!), 0);
  }
  throw new WeirError('ADDRESS_INVALID', `${address} is no multicast address`, {
    expected: 'an address of 224.0.0.0/4 or ff00::/8',
    found: address,
  });
}

/** Of a character that is known to be a hexadecimal digit: letters have bit 6, and their value is 9 more than their low bits. */
function digitValue(code: number): number {
  return (code & 0x0f) + (code > 0x39 ? 9 : 0);
}
