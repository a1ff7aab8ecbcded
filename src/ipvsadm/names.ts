import type { Protocol } from '../lvs/service.ts';

/** Names of hosts and ports. Every lookup gives undefined where there is no name, and must end in bounded time. */
export interface NameService {
  /** The first IPv4 address of a host, as dotted decimals (ipvsadm never asks for IPv6). */
  addressOf(host: string): Promise<string | undefined>;
  /** The name of an IPv4 or IPv6 address. */
  hostOf(address: string): Promise<string | undefined>;
  /** The port of a name such as `http`; names are apart for each protocol. */
  portOf(name: string, protocol: Protocol): Promise<number | undefined>;
  serviceOf(port: number, protocol: Protocol): Promise<string | undefined>;
}

/** Knows no names: what needs one fails, and everything is printed as numbers. */
export const NO_NAMES: NameService = {
  addressOf: async () => undefined,
  hostOf: async () => undefined,
  portOf: async () => undefined,
  serviceOf: async () => undefined,
};
