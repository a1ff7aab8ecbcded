import { WeirError } from '../base/error.ts';
import { isIpAddress, parseIpAddress } from '../net/ip-address.ts';

const WITH_PORT = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:]+)):(?<port>\d{1,5})$/u;

/**
 * Reads what people write for an address or one end of a connection: `10.1.1.21`, `10.1.1.21:80`, `2001:db8::1`,
 * `[2001:db8::1]:80`.
 * @throws WeirError USAGE for any other text
 */
export function parseEndpoint(text: string): { address: string; port: number | undefined } {
  if (isIpAddress(text)) return { address: parseIpAddress(text), port: undefined };
  const { v4, v6, port } = WITH_PORT.exec(text)?.groups ?? {};
  const address = v6 ?? v4;
  if (address !== undefined && isIpAddress(address) && Number(port) <= 65_535) {
    return { address: parseIpAddress(address), port: Number(port) };
  }
  throw new WeirError('USAGE', 'this is neither an address nor an address with a port', {
    expected: '10.1.1.21, 10.1.1.21:80, 2001:db8::1 or [2001:db8::1]:80',
    found: text,
  });
}
