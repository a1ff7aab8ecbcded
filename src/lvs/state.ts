import type { LiveConnection } from './connection.ts';
import type { ConnectionTable } from './connection-table.ts';
import type { LiveService } from './live.ts';
import type { Marks } from './mark.ts';
import type { SyncDaemon, Timeouts } from './operation.ts';
import type { PathMtu } from './path-mtu.ts';
import type { Reassembly } from './reassembly.ts';
import type { Routing } from './routing.ts';
import type { Family } from './service.ts';
import type { Settings } from './settings.ts';
import type { SourcePorts } from './source-ports.ts';

/** The services that packets are looked up in. */
export interface Services {
  /** By `matchKey`. */
  find(key: string): LiveService | undefined;
  /** How many there are in a family. */
  count(family: Family): number;
  services(): Iterable<LiveService>;
}

/** Who is told what becomes of connections; undefined while nobody wants to know. */
export interface Observer {
  opened(connection: LiveConnection): void;
  /** @param evicted dropped to make room, and not at the end of its time */
  closed(connection: LiveConnection, evicted: boolean): void;
}

/** Everything a running director knows. The functions of this folder work on it; `Director` owns it and moves its clock. */
export interface State {
  /** Milliseconds. */
  now: number;
  settings: Settings;
  routing: Routing;
  readonly roster: Services;
  readonly connections: ConnectionTable;
  /** The most connections there can be, templates not counted. */
  readonly capacity: number;
  /** When a connection last found no room; undefined: never. */
  fullAt: number | undefined;
  readonly reassembly: Reassembly;
  readonly pathMtu: PathMtu;
  timeouts: Timeouts;
  daemons: readonly SyncDaemon[];
  readonly marks: Marks;
  readonly sources: SourcePorts;
  /** Identification of the next IP packet that the director makes itself. */
  nextIdentification: number;
  /** Packets until the next one is dropped (drop_packet). */
  untilShed: number;
  observer: Observer | undefined;
  /** A whole number from 0 to `below` - 1. */
  readonly random: (below: number) => number;
}

/** What a host needs to send packets of its own: answers and ICMP errors. */
export type OwnStack = Pick<State, 'routing' | 'nextIdentification'>;
