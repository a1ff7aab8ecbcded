import type { Counters, EngineStatus, ServiceStatistics } from '../engine/engine.ts';
import type { ErrorJSON } from '../base/error.ts';
import type { Operation } from '../lvs/operation.ts';
import type { EventFilter } from '../engine/event-filter.ts';
import type { ServiceMatch } from '../lvs/service.ts';
import type { Verdict } from '../lvs/verdict.ts';

/**
 * What travels between daemon and client, as JSON. Everything is the type of the engine's interface with one difference:
 * a bigint is a decimal string, since a JSON number loses digits above 2^53.
 */
export type Wire<T> = T extends bigint ? string : T extends object ? { [K in keyof T]: Wire<T[K]> } : T;

export interface TransactionRequest {
  operations: Operation[];
  expectedVersion?: number;
}

export interface OperationsRequest {
  operations: Operation[];
}

/** For each operation in order: null, or why it was refused. */
export interface OperationsReply {
  results: (ErrorJSON | null)[];
  version: number;
}

export interface VersionReply {
  version: number;
}

export interface ZeroRequest {
  match?: ServiceMatch;
}

export interface RestoreRequest {
  /** Rules text; absent: the daemon's own state file. */
  rules?: string;
  /** Name of the source in error messages. */
  source?: string;
  dryRun?: boolean;
}

export interface RestoreReply {
  /** The operations that lead from the table in force to the rules. */
  operations: Operation[];
  /** Version of the table after it. */
  version: number;
}

/** Bytes are hexadecimal text. */
export interface ExplainBody {
  /** From the IP header on. */
  packet: string;
  interface?: string;
}

export interface ExplainReply extends Omit<Verdict, 'frames'> {
  frames: { interface: string; bytes: string }[];
}

/** The query of `GET /v1/events`; `kinds` are separated by commas. */
export interface EventsQuery extends EventFilter {
  kinds?: string;
  sample?: number;
  rate?: number;
  queue?: number;
}

export interface SaveReply {
  path: string;
  services: number;
}

export interface DirectorStatus extends EngineStatus {
  director: {
    version: string;
    pid: number;
    /** ISO 8601, UTC. */
    started: string;
    socket: string;
    state: string;
  };
  table: { version: number; services: number; destinations: number };
}

export interface ErrorReply {
  error: ErrorJSON;
}

/** JSON text of a value in which bigints become decimal strings. */
export function wireText(value: unknown): string {
  return JSON.stringify(value, (_name, item: unknown) => (typeof item === 'bigint' ? item.toString() : item));
}

/** The inverse of `wireText` for statistics. */
export function statisticsFromWire(services: readonly Wire<ServiceStatistics>[]): ServiceStatistics[] {
  return services.map((service) => ({
    ...service,
    counters: countersFromWire(service.counters),
    destinations: service.destinations.map((destination) => ({
      ...destination,
      counters: countersFromWire(destination.counters),
    })),
  }));
}

/** The inverse of `wireText` for the status. */
export function statusFromWire(status: Wire<DirectorStatus>): DirectorStatus {
  return { ...status, reasons: status.reasons.map((reason) => ({ ...reason, packets: BigInt(reason.packets) })) };
}

function countersFromWire(counters: Wire<Counters>): Counters {
  return {
    connections: BigInt(counters.connections),
    inPackets: BigInt(counters.inPackets),
    outPackets: BigInt(counters.outPackets),
    inBytes: BigInt(counters.inBytes),
    outBytes: BigInt(counters.outBytes),
  };
}
