import { addressFromBytes } from '../../../net/address.ts';
import { fromHex } from '../../../net/bytes.ts';

const HEADER = 'IPVS connection entries\npro expire state       source             virtual            destination\n';

/**
 * What `ipvsadm -L -n -c` prints of /proc/net/ip_vs_conn: protocol, client, virtual service and real server with ports in hexadecimal, state,
 * seconds. Persistence engines and their data are left out.
 */
export function connectionsText(file: string): string {
  const lines = file
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '');
  return HEADER + lines.map((line) => `${connectionLine(line.trim().split(/\s+/u))}\n`).join('');
}

function connectionLine(words: readonly string[]): string {
  const [protocol = '', ...rest] = words;
  const ends = [0, 2, 4].map((at) => endpoint(rest[at] ?? '', rest[at + 1] ?? ''));
  const [state = '', seconds = '0'] = rest.slice(6);
  const time = [Math.floor(Number(seconds) / 60), Number(seconds) % 60].map((part) => String(part).padStart(2, '0'));
  return [protocol, time.join(':'), state, ...ends].join(' ');
}

/** An IPv4 address is one number there, an IPv6 address has all its groups. */
function endpoint(address: string, port: string): string {
  const isIpv4 = !address.includes(':');
  const text = addressFromBytes(fromHex(address.replaceAll(/[[\]:]/gu, '')));
  return `${isIpv4 ? text : `[${text}]`}:${Number.parseInt(port, 16)}`;
}
