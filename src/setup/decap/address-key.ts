import { addressFromBytes, addressToBytes, type IpAddress } from '../../net/address.ts';

/** An address as `struct weir_decap_address`: 16 bytes in network order, IPv4 as ::ffff:a.b.c.d. */
export function addressKey(address: IpAddress): Buffer {
  const bytes = addressToBytes(address);
  if (bytes.length === 16) return Buffer.from(bytes);
  const key = Buffer.alloc(16);
  key.fill(0xff, 10, 12);
  key.set(bytes, 12);
  return key;
}

/** The inverse of `addressKey`. */
export function keyAddress(key: Uint8Array): IpAddress {
  const mapped = key.subarray(0, 10).every((byte) => byte === 0) && key[10] === 0xff && key[11] === 0xff;
  return addressFromBytes(Uint8Array.from(mapped ? key.subarray(12) : key));
}
