import type { Connection } from '../../../lvs/live-connection.ts';
import type { Protocol } from '../../../lvs/service.ts';
import { asksFromFewPorts, type Cast } from './cast.ts';
import { ISAKMP } from './content.ts';
import type { Random } from './random.ts';
import { OWN, type RandomService } from './surroundings.ts';

/** The ends of connections, and of random packets that may belong to one. */

export const CLIENT_PORTS = [20, 1024, 40001, 40002, 40003, 40004] as const;
/** So few that several services are often asked from one. */
const FEW_PORTS = [40001, 40002] as const;

/** The director's own, as a real server. */
export const isOwnServer = (address: string): boolean => Object.values(OWN).some(({ server }) => server === address);
export const isOwnClient = (address: string): boolean =>
  Object.values(OWN).some(({ clients }: { clients: readonly string[] }) => clients.includes(address));

/** AH and ESP follow connections from one port. */
export function clientPort(random: Random, { isakmp }: RandomService, cast: Cast): number {
  if (isakmp === true && !random.oneIn(6)) return ISAKMP;
  return random.pick(asksFromFewPorts(cast) ? FEW_PORTS : CLIENT_PORTS);
}

/** The connection leads past the real servers, to where its client wanted. */
export function isToNobody({ destination: { address } }: Connection): boolean {
  return address === '0.0.0.0' || address === '::';
}

export function serverPort(random: Random, { serverPorts, ports }: RandomService): number {
  return random.pick(serverPorts) || random.pick(ports);
}

export function pickConnection(random: Random, connections: readonly Connection[]): Connection | undefined {
  const plain = connections.filter(({ template }) => !template);
  return plain.length === 0 ? undefined : random.pick(plain);
}

export function protocolOf({ protocol }: Connection): Protocol {
  return protocol === 'udp' || protocol === 'sctp' ? protocol : 'tcp';
}
