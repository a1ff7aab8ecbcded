/**
 * What an operator configures: virtual services and their destinations (real servers), with the defaults and bits of the
 * kernel's IPVS (include/uapi/linux/ip_vs.h). Addresses are canonical text (`src/net/address.ts`); ports are host numbers.
 */

export type Family = 'inet' | 'inet6';
export type Protocol = 'tcp' | 'udp' | 'sctp';

/** What a packet must carry to belong to a service: protocol, address and port (0: any port of the address) ... */
export interface AddressMatch {
  protocol: Protocol;
  address: string;
  port: number;
}

/** ... or a firewall mark, 1 to 2^32-1. */
export interface MarkMatch {
  mark: number;
  family: Family;
}

export type ServiceMatch = AddressMatch | MarkMatch;

/** Bits of `Service.schedulerFlags`: flag-1, flag-2, flag-3 of ipvsadm. `sh` and `mh` call the first two fallback and port. */
export const SCHEDULER_FLAG = { flag1: 0x08, flag2: 0x10, flag3: 0x20 } as const;

export interface Persistence {
  /** Seconds, 1 to 2,678,400. */
  timeout: number;
  /** IPv4: a dotted mask; IPv6: a prefix length in decimal. Clients equal under the mask share a real server. */
  netmask: string;
}

export interface Service {
  match: ServiceMatch;
  scheduler: string;
  schedulerFlags: number;
  persistence?: Persistence;
  /** Name of a persistence engine (`sip`). The kernel checks and keeps it also where it has no effect: without persistence. */
  persistenceEngine?: string;
  /** One-packet scheduling: every datagram is scheduled by itself. */
  onePacket: boolean;
}

/** How packets reach the real server: `-m`, `-g`, `-i` of ipvsadm, and Weir's own full NAT. */
export type ForwardingMethod = 'masquerade' | 'route' | 'tunnel' | 'full-nat';

export interface Tunnel {
  type: 'ipip' | 'gue' | 'gre';
  /** UDP port of GUE; 0 otherwise. */
  port: number;
  checksum: 'none' | 'full' | 'remote';
}

/** A destination is known by its address and port within its service. */
export interface DestinationId {
  address: string;
  port: number;
}

export interface Destination extends DestinationId {
  method: ForwardingMethod;
  /** 0 (quiesced: gets no new connections) to 2^31-1. */
  weight: number;
  /** Connections at which it gets no more (0: no limit), and below which it gets some again. */
  upperThreshold: number;
  lowerThreshold: number;
  tunnel: Tunnel;
}

export const DIRECT_TUNNEL: Tunnel = { type: 'ipip', port: 0, checksum: 'none' };

/** Methods that put addresses and ports in place of others: only these can give a real server another port than the service's. */
export function isTranslating(method: ForwardingMethod | 'bypass'): boolean {
  return method === 'masquerade' || method === 'full-nat';
}

export function isMarkMatch(match: ServiceMatch): match is MarkMatch {
  return 'mark' in match;
}

export function familyOf(address: string): Family {
  return address.includes(':') ? 'inet6' : 'inet';
}

export function familyOfMatch(match: ServiceMatch): Family {
  return isMarkMatch(match) ? match.family : familyOf(match.address);
}

/** A text that is equal for equal matches and for no others: `tcp 10.1.1.21:80`, `udp [2001:db8::1]:53`, `fwm 7 inet`. */
export function matchKey(match: ServiceMatch): string {
  if (isMarkMatch(match)) return `fwm ${match.mark} ${match.family}`;
  const { protocol, address, port } = match;
  if (last.address !== address || last.port !== port || last.protocol !== protocol)
    last = { protocol, address, port, key: `${protocol} ${endpointText(match)}` };
  return last.key;
}

/** What was asked for last: a service and its real servers come in a row. */
let last: AddressMatch & { key: string } = { protocol: 'tcp', address: '', port: 0, key: '' };

/** `10.1.1.21:80` or `[2001:db8::1]:80`. */
export function endpointText({ address, port }: DestinationId): string {
  return `${bracketed(address)}:${port}`;
}

/** An address as it stands before a port: `10.1.1.21` or `[2001:db8::1]`. */
export function bracketed(address: string): string {
  return familyOf(address) === 'inet' ? address : `[${address}]`;
}
