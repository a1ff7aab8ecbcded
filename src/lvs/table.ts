import type { Timeouts, SyncDaemon, Operation } from './operation.ts';
import type { Destination, Service } from './service.ts';

/** Everything an operator has configured. Immutable: an operation makes a new table. */
export interface Table {
  /** Rises by one with every committed transaction. */
  readonly version: number;
  /** In the order of adding. */
  readonly services: readonly TableService[];
  readonly timeouts: Timeouts;
  readonly daemons: readonly SyncDaemon[];
}

export interface TableService extends Readonly<Service> {
  /** Walk order: last added first. */
  readonly destinations: readonly Readonly<Destination>[];
}

/** Surroundings that decide whether an operation is accepted, as the kernel asks its routing and module tables. */
export interface TableContext {
  schedulers: ReadonlySet<string>;
  persistenceEngines: ReadonlySet<string>;
  /** True where the kernel takes the address as unicast or local (not broadcast of a connected net). */
  isUnicast(address: string): boolean;
  /** MTU of an interface, undefined where there is no such interface. */
  interfaceMtu(name: string): number | undefined;
}

export declare function applyOperation(table: Table, operation: Operation, context: TableContext): Table;
