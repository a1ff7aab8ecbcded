import { WeirError } from '../base/error.ts';
import { addressFromBytes, addressToBytes, isIpAddress, parseIpAddress, type IpAddress } from './ip-address.ts';

/** A range of addresses that share their first `length` bits. Immutable. */
export class Prefix {
  /** The first address of the range, canonical. */
  readonly address: IpAddress;
  /** 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly length: number;
  readonly #bytes: Uint8Array;

  /**
   * The prefix of this length around an address, whose further bits do not matter.
   * @throws WeirError ADDRESS_INVALID
   */
  constructor(address: string, length: number) {
    this.#bytes = addressToBytes(address);
    checkLength(length, this.#bytes.length * 8, `${address}/${length}`);
    clearAfter(this.#bytes, length);
    this.address = addressFromBytes(this.#bytes);
    this.length = length;
  }

  /**
   * True if the address lies in the range; an address of the other family never does.
   * @throws WeirError ADDRESS_INVALID for what is no address
   */
  contains(address: string): boolean {
    const bytes = addressToBytes(address);
    if (bytes.length !== this.#bytes.length) return false;
    const whole = this.length >> 3;
    for (let index = 0; index < whole; index++) if (bytes[index] !== this.#bytes[index]) return false;
    const rest = this.length & 7;
    return rest === 0 || (bytes[whole]! ^ this.#bytes[whole]!) >> (8 - rest) === 0;
  }

  /** True if every address of the other prefix lies in this one. */
  covers(other: Prefix): boolean {
    return other.length >= this.length && this.contains(other.address);
  }

  /** The last address of the range: the broadcast address of an IPv4 network. */
  last(): IpAddress {
    const bytes = this.#bytes.slice();
    for (let bit = this.length; bit < bytes.length * 8; bit++) bytes[bit >> 3]! |= 0x80 >> (bit & 7);
    return addressFromBytes(bytes);
  }

  /** `10.0.0.0/8`, which `parsePrefix` reads. */
  toString(): string {
    return `${this.address}/${this.length}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/**
 * Reads `10.0.0.0/8` or `2001:db8::/32`. Strict: the length is needed, and the bits after it must be zero.
 * @throws WeirError ADDRESS_INVALID
 */
export function parsePrefix(text: string): Prefix {
  const { address, prefix } = parseInterfaceAddress(text);
  if (address !== prefix.address) {
    throw new WeirError('ADDRESS_INVALID', `${JSON.stringify(text)} has bits set after its length`, {
      expected: prefix.toString(),
      found: text,
      fix: `write ${prefix.toString()}`,
    });
  }
  return prefix;
}

/**
 * Reads what an interface is given, `10.1.1.21/24`: an address and the network it lies in.
 * @throws WeirError ADDRESS_INVALID
 */
export function parseInterfaceAddress(text: string): { address: IpAddress; prefix: Prefix } {
  const slash = text.indexOf('/');
  const address = text.slice(0, Math.max(slash, 0));
  const length = text.slice(slash + 1);
  if (slash < 0 || !isIpAddress(address) || !/^(0|[1-9]\d{0,2})$/.test(length)) {
    throw new WeirError('ADDRESS_INVALID', `${JSON.stringify(text)} is no address with a prefix length`, {
      expected: 'an address, a slash and a length in bits, such as 10.0.0.0/8',
      found: JSON.stringify(text),
    });
  }
  return { address: parseIpAddress(address), prefix: new Prefix(address, Number(length)) };
}

/** The first address of the network of `length` bits around an address: the address with the other bits zero. */
export function networkAddress(address: string, length: number): IpAddress {
  return new Prefix(address, length).address;
}

function clearAfter(bytes: Uint8Array, length: number): void {
  for (let bit = length; bit < bytes.length * 8; bit++) bytes[bit >> 3]! &= ~(0x80 >> (bit & 7));
}

function checkLength(length: number, most: number, text: string): void {
  if (Number.isInteger(length) && length >= 0 && length <= most) return;
  throw new WeirError('ADDRESS_INVALID', `${text} has no valid prefix length`, {
    expected: `a length from 0 to ${most}`,
    found: String(length),
  });
}
