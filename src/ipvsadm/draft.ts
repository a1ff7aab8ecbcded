import type { SyncDaemon, Timeouts } from '../lvs/operation.ts';
import type { Family, ForwardingMethod, Protocol, Tunnel } from '../lvs/service.ts';
import { DEFAULTS, type CommandName, type OptionName } from './options.ts';

/**
 * What a command line says, as it fills while the options are read from left to right. Some options look at what earlier ones
 * have left here, which is why their order matters.
 */
export interface Draft {
  command: CommandName;
  options: Set<OptionName>;
  service: ServiceDraft;
  server: ServerDraft;
  daemon: SyncDaemon;
  timeouts: Timeouts;
}

export interface ServiceDraft {
  /** Undefined before `-t`, `-u`, `--sctp-service` or `-f`, and then names of ports are not understood. */
  protocol: Protocol | undefined;
  family: Family | undefined;
  address: string;
  port: number;
  /** 0: the service has an address and no firewall mark. */
  mark: number;
  netmask: string;
  scheduler: string | undefined;
  flagNames: string | undefined;
  flags: number;
  /** Seconds; undefined: not persistent. */
  persistence: number | undefined;
  engine: string | undefined;
  onePacket: boolean;
}

export interface ServerDraft {
  family: Family | undefined;
  address: string;
  port: number;
  method: ForwardingMethod;
  weight: number;
  upperThreshold: number;
  lowerThreshold: number;
  tunnel: Tunnel;
}

/** The netmask that lets every client stand for itself; lists and saved rules leave it out. */
export const FULL_NETMASK = { inet: '255.255.255.255', inet6: '128' } as const satisfies Record<Family, string>;

export function emptyDraft(command: CommandName): Draft {
  return {
    command,
    options: new Set(),
    service: {
      protocol: undefined,
      family: undefined,
      address: '0.0.0.0',
      port: 0,
      mark: 0,
      netmask: FULL_NETMASK.inet,
      scheduler: undefined,
      flagNames: undefined,
      flags: 0,
      persistence: undefined,
      engine: undefined,
      onePacket: false,
    },
    server: {
      family: undefined,
      address: '0.0.0.0',
      port: 0,
      method: 'route',
      weight: DEFAULTS.weight,
      upperThreshold: 0,
      lowerThreshold: 0,
      tunnel: { type: 'ipip', port: 0, checksum: 'none' },
    },
    daemon: {
      role: 'master',
      interface: DEFAULTS.interface,
      syncId: 0,
      maxLength: 0,
      group: '224.0.0.81',
      port: 8848,
      ttl: 1,
    },
    timeouts: { tcp: 0, tcpFin: 0, udp: 0 },
  };
}
