import { isIpv4Address, isIpAddress, parseIpAddress } from '../net/ip-address.ts';
import type { Protocol } from '../lvs/service.ts';
import type { NameService } from './names.ts';

/**
 * The names in a hosts file (hosts(5)) and in a services file (services(5)). Of several lines for an address, a name or a port
 * the first counts; lines that make no sense are passed over, as the C library does.
 */
export function namesFromFiles(hosts: string, services: string): NameService {
  const addresses = new Map<string, string>();
  const hostNames = new Map<string, string>();
  for (const [text = '', ...names] of lines(hosts)) {
    if (!isIpAddress(text) || names.length === 0) continue;
    const address = parseIpAddress(text);
    putFirst(hostNames, address, names[0]!);
    if (isIpv4Address(text)) for (const name of names) putFirst(addresses, name.toLowerCase(), address);
  }
  const ports = new Map<string, number>();
  const serviceNames = new Map<string, string>();
  for (const [name = '', where = '', ...aliases] of lines(services)) {
    const [port = '', protocol = ''] = where.split('/');
    if (!/^\d+$/.test(port) || protocol === '') continue;
    putFirst(serviceNames, `${Number(port)}/${protocol}`, name);
    for (const each of [name, ...aliases]) putFirst(ports, `${each}/${protocol}`, Number(port));
  }
  return {
    addressOf: async (host) => addresses.get(host.toLowerCase()),
    hostOf: async (address) => hostNames.get(address),
    portOf: async (name: string, protocol: Protocol) => ports.get(`${name}/${protocol}`),
    serviceOf: async (port: number, protocol: Protocol) => serviceNames.get(`${port}/${protocol}`),
  };
}

/** The words of every line, without comments and empty lines. */
function lines(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/));
}

function putFirst<V>(map: Map<string, V>, key: string, value: V): void {
  if (!map.has(key)) map.set(key, value);
}
