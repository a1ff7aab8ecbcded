import { WeirError } from '../../base/error.ts';
import { isIpAddress } from '../../net/address.ts';
import { addressesOf, type Topology } from '../topology.ts';
import type { Question } from './trace.ts';

/**
 * Reads `CIP[:port]` and `VIP:port` (IPv6 in brackets where a port follows) against a topology.
 * @throws WeirError USAGE for what is no address or port, LAB_UNKNOWN for a client address that no host has
 */
export function questionOf(topology: Topology, from: string, to: string, protocol: 'tcp' | 'udp'): Question {
  const client = endpointOf(from, 'CIP[:port]');
  const target = endpointOf(to, 'VIP:port');
  if (target.port === undefined) {
    throw new WeirError('USAGE', `${to} has no port`, { expected: 'VIP:port', found: to });
  }
  const host = Object.keys(topology.hosts).find((name) => addressesOf(topology.hosts[name]!).includes(client.address));
  if (host === undefined) {
    const known = Object.entries(topology.hosts).map(([name, one]) => `${addressesOf(one).join(' ')} (${name})`);
    throw new WeirError('LAB_UNKNOWN', `no host of topology ${topology.name} has the address ${client.address}`, {
      expected: `one of ${known.join(', ')}`,
      found: client.address,
    });
  }
  return {
    host,
    client: client.address,
    ...(client.port === undefined ? {} : { clientPort: client.port }),
    address: target.address,
    port: target.port,
    protocol,
  };
}

function endpointOf(text: string, expected: string): { address: string; port?: number } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  const plain = /^([^:]+)(?::(\d+))?$/.exec(text);
  const [, address = '', port] = bracketed ?? plain ?? [undefined, text, undefined];
  if (!isIpAddress(address)) throw new WeirError('USAGE', `${text} is no address`, { expected, found: text });
  if (port === undefined) return { address };
  const number = Number(port);
  if (number < 1 || number > 65_535) throw new WeirError('USAGE', `${port} is no port`, { expected, found: text });
  return { address, port: number };
}
