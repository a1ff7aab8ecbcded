import type { Connection } from '../lvs/live-connection.ts';
import type { Operation } from '../lvs/operation.ts';
import type { ServiceMatch } from '../lvs/service.ts';
import type { ServiceStatistics } from '../lvs/statistics.ts';
import type { Table } from '../lvs/table.ts';
import type { Verdict } from '../lvs/verdict.ts';
import type { EngineEvent, EventRequest } from './events.ts';
import type { FaultCount } from './faults.ts';

export type { EngineEvent, EventRequest } from './events.ts';
export type { Connection } from '../lvs/live-connection.ts';
export type { Counters, DestinationStatistics, Rates, ServiceStatistics } from '../lvs/statistics.ts';

/**
 * The narrow waist: everything above it (daemon, ipvsadm, console, doctor) does not know which engine forwards.
 * An engine owns its table as the kernel owns IPVS's; the daemon asks for it and never keeps a second truth.
 */
export interface Engine {
  readonly name: 'model' | 'ebpf' | 'ipvs';

  /** The table in force. Destinations stand in walk order: last added first (ip_vs_ctl.c adds at the head). */
  table(): Promise<Table>;

  /**
   * Applies every operation or none. With `expectedVersion`, fails with VERSION_CONFLICT when the table has changed since.
   * @returns the table after it
   * @throws WeirError the first operation that the kernel's IPVS would refuse, with its errno, or what the engine cannot do
   */
  commit(operations: readonly Operation[], expectedVersion?: number): Promise<Table>;

  /**
   * What `commit` would answer, without doing anything.
   * @returns the table as it would be
   * @throws WeirError as `commit`
   */
  check(operations: readonly Operation[], expectedVersion?: number): Promise<Table>;

  /** Counters, connection counts and rates of every service, in the order of `table().services`. */
  statistics(): Promise<ServiceStatistics[]>;

  /** Live connections and templates in no defined order. Entries that end while one reads may or may not appear. */
  connections(): AsyncIterable<Connection>;

  /** Sets the counters of one service and its destinations, or of all, to zero. Connections stay. */
  zero(match?: ServiceMatch): Promise<void>;

  /**
   * What would become of a packet now, with every decision on the way. Nothing is changed and nothing is counted.
   * @throws WeirError ENGINE_UNSUPPORTED, INTERFACE_UNKNOWN
   */
  explain(request: ExplainRequest): Promise<Verdict>;

  /**
   * What happens from now on. Events that a slow reader has no room for are lost, and it is told how many; forwarding never waits.
   * @throws WeirError ENGINE_UNSUPPORTED
   */
  events(request?: EventRequest): AsyncIterable<EngineEvent>;

  /** Facts about the running engine for `weir status`: versions, hooks, sizes, reasons and their counts. */
  status(): Promise<EngineStatus>;

  /** Lets go of what the process holds. `keep` leaves forwarding in place for the next process to adopt. */
  close(options: { keep: boolean }): Promise<void>;
}

export interface ExplainRequest {
  /** From the IP header on. */
  packet: Uint8Array;
  /** Where it comes in; absent: where the way back to its source leads. */
  interface?: string;
}

export interface EngineStatus {
  engine: string;
  facts: { name: string; value: string }[];
  /** Number of connections, templates not counted, and the most there can be. */
  connections: { used: number; size: number };
  /** Packets by reason (bpf/abi/reason.h, docs/drop-reasons.md); reasons that never occurred are left out. */
  reasons: { reason: string; verdict: 'drop' | 'pass' | 'forward'; packets: bigint }[];
  /** What has befallen the director since its process began (docs/faults.md). */
  faults: FaultCount[];
  /** Programs that meet packets before the director does. */
  strangers: Stranger[];
}

/** A program or filter of somebody else that meets the packets of an interface before Weir's do, and may keep them. */
export interface Stranger {
  /** By its name. */
  interface: string;
  hook: 'xdp' | 'tcx' | 'clsact';
  /** The kernel's number of the program; absent for a filter at clsact that is none. */
  program?: number;
  /** Of the program, '' where it has none; of a filter that is no program, its kind (`flower`, `u32`). */
  name: string;
  /** XDP: by the driver, by the stack, or on the card. */
  mode?: 'native' | 'generic' | 'offloaded';
  /** Number of the link that holds it there; absent where it is attached without one. */
  link?: number;
  /** Of the filter at clsact. */
  priority?: number;
  /** It has the place of Weir's own XDP program; Weir serves the interface by TC until it is gone. */
  instead: boolean;
}
