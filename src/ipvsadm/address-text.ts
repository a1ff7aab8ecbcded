import { addressFromBytes, formatIpv4, isIpv4Address, isIpv6Address, parseIpAddress } from '../net/ip-address.ts';
import { familyOf, type Family, type Protocol } from '../lvs/service.ts';
import type { NameService } from './names.ts';
import { parseNumber } from './number-text.ts';

/** What an address in the command line says: `port` is undefined where none is given. */
export interface AddressText {
  family: Family;
  /** Canonical. */
  address: string;
  port: number | undefined;
}

/** Bits that the last part of an IPv4 address may have, by the number of parts. */
const LAST_PART_BITS = [32, 24, 16, 8] as const;

/**
 * Reads an IPv4 address as inet_aton(3) does, which ipvsadm makes use of: one to four parts, each decimal, octal (`010`) or
 * hexadecimal (`0x0a`), the last filling what is left; white space ends it. Recorded in service-addresses.
 * @returns the canonical text, or undefined for what is no such address
 */
export function parseLooseIpv4(text: string): string | undefined {
  // The usual way to write one, and much the fastest to read.
  if (isIpv4Address(text)) return text;
  const [written = ''] = text.split(/[ \t\n\v\f\r]/, 1);
  const parts = written.split('.').map(parsePart);
  const last = parts.pop();
  const bits = LAST_PART_BITS[parts.length];
  if (last === undefined || bits === undefined || last >= 2 ** bits) return undefined;
  let value = last;
  for (const [index, part] of parts.entries()) {
    if (part === undefined || part > 255) return undefined;
    value += part * 2 ** (24 - 8 * index);
  }
  return formatIpv4(value);
}

function parsePart(text: string): number | undefined {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number.parseInt(text, 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

/** An IPv4 address or the name of a host that has one; undefined for anything else. */
export async function parseIpv4OrHost(text: string, names: NameService): Promise<string | undefined> {
  return parseLooseIpv4(text) ?? (await names.addressOf(text));
}

/**
 * Reads `host`, `host:port`, `[v6]:port` or a bare IPv6 address. A port is a number or, where the protocol is known yet, a name.
 * @returns undefined for what ipvsadm calls an illegal address
 */
export async function parseAddressText(
  text: string,
  protocol: Protocol | undefined,
  names: NameService,
): Promise<AddressText | undefined> {
  if (/^\d*$/.test(text)) return undefined;
  const bracketed = /^\[([^\]]*)\]:(.*)$/s.exec(text);
  if (text.startsWith('[') && bracketed === null) return undefined;
  const host = bracketed?.[1] ?? text;
  if (isIpv6Address(host)) return withPort(parseIpAddress(host), bracketed?.[2], protocol, names);

  // Whatever stands after the brackets is lost for what is not IPv6: `[10.0.0.1]:85` has no port.
  const colon = host.lastIndexOf(':');
  const address = await parseIpv4OrHost(colon < 0 ? host : host.slice(0, colon), names);
  if (address === undefined) return undefined;
  return withPort(address, colon < 0 ? undefined : host.slice(colon + 1), protocol, names);
}

async function withPort(
  address: string,
  text: string | undefined,
  protocol: Protocol | undefined,
  names: NameService,
): Promise<AddressText | undefined> {
  const family = familyOf(address);
  if (text === undefined) return { family, address, port: undefined };
  let port = parseNumber(text, 0, 65535);
  if (port === undefined && protocol !== undefined) port = await names.portOf(text, protocol);
  return port === undefined ? undefined : { family, address, port };
}

/**
 * The text of an address as inet_ntop(3) of the C library writes it. It differs from the canonical one in a single point:
 * what has 96 zero bits in front is written with a dotted tail (`::1.2.3.4`), `::` and `::1` excepted.
 * @param bytes 4 or 16 bytes in network order
 */
export function formatAddress(bytes: Uint8Array): string {
  const compatible = bytes.length === 16 && bytes.subarray(0, 12).every((byte) => byte === 0);
  if (compatible && (bytes[12] !== 0 || bytes[13] !== 0)) return `::${addressFromBytes(bytes.subarray(12))}`;
  return addressFromBytes(bytes);
}
