import type { MarkTarget } from './mark.ts';
import type { Destination, DestinationId, Service, ServiceMatch } from './service.ts';
import type { Settings } from './settings.ts';
import type { Source } from './source.ts';
import type { Vip } from './vip.ts';

/** Seconds; 0 leaves the value as it is (`ipvsadm --set`). Each at most 2,678,400 (31 days). */
export interface Timeouts {
  tcp: number;
  tcpFin: number;
  udp: number;
}

/** The kernel's defaults (net/netfilter/ipvs/ip_vs_proto_tcp.c, ip_vs_proto_udp.c). */
export const DEFAULT_TIMEOUTS: Timeouts = { tcp: 900, tcpFin: 120, udp: 300 };

export interface SyncDaemon {
  role: 'master' | 'backup';
  interface: string;
  syncId: number;
  /** 0 on input: derive from the MTU of the interface. */
  maxLength: number;
  group: string;
  port: number;
  ttl: number;
}

/** One change of the table, in the grain of ipvsadm's commands. `edit-*` replaces every attribute, as ipvsadm does. */
export type Operation =
  | { do: 'add-service' | 'edit-service'; service: Service }
  | { do: 'delete-service'; match: ServiceMatch }
  | { do: 'add-destination' | 'edit-destination'; match: ServiceMatch; destination: Destination }
  | { do: 'delete-destination'; match: ServiceMatch; destination: DestinationId }
  | { do: 'flush' }
  | { do: 'set-timeouts'; timeouts: Timeouts }
  | { do: 'start-daemon'; daemon: SyncDaemon }
  | { do: 'stop-daemon'; role: 'master' | 'backup' }
  | WeirOperation;

/** Changes that ipvsadm has no words for. */
export type WeirOperation =
  | { do: 'add-mark'; mark: number; match: MarkTarget }
  | { do: 'delete-mark'; match: MarkTarget }
  /** Sets those that are named, and leaves the others. */
  | { do: 'set-settings'; settings: Partial<Settings> }
  /** Adds a source of full NAT, or gives the one with its address other ports. */
  | { do: 'set-source'; source: Source }
  | { do: 'delete-source'; address: string }
  /** Owns a VIP, or moves it to another interface. */
  | { do: 'set-vip'; vip: Vip }
  | { do: 'delete-vip'; address: string };
