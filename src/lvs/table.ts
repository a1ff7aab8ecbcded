import { WeirError } from '../base/error.ts';
import type { MarkRule } from './mark.ts';
import { DEFAULT_TIMEOUTS, type Operation, type SyncDaemon, type Timeouts } from './operation.ts';
import { matchKey, type Destination, type Service, type ServiceMatch } from './service.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';
import type { Source } from './source.ts';
import { type Content, type Rest, changeContent } from './table-content.ts';
import { ServiceIndex } from './table-index.ts';
import type { Vip } from './vip.ts';

/** Everything an operator has configured. Immutable: an operation makes a new table. */
export interface Table {
  /** Rises by one with every committed transaction. */
  readonly version: number;
  /** In the order of adding. */
  readonly services: readonly TableService[];
  readonly timeouts: Timeouts;
  readonly daemons: readonly SyncDaemon[];
  readonly settings: Settings;
  /** In the order of adding, which has no meaning. */
  readonly marks: readonly MarkRule[];
  /** Of full NAT, sorted by address. */
  readonly sources: readonly Source[];
  /** Those that the director puts on its interfaces itself, sorted by address. */
  readonly vips: readonly Vip[];
}

export interface TableService extends Readonly<Service> {
  /** Walk order: last added first. */
  readonly destinations: readonly Readonly<Destination>[];
}

/** Surroundings that decide whether an operation is accepted, as the kernel asks its routing and module tables. */
export interface TableContext {
  /** Names of the schedulers there are; `none` is always accepted. */
  schedulers: ReadonlySet<string>;
  persistenceEngines: ReadonlySet<string>;
  /** True where the kernel takes the address as unicast or local (not broadcast of a connected net). */
  isUnicast(address: string): boolean;
  /** MTU of an interface, undefined where there is no such interface. */
  interfaceMtu(name: string): number | undefined;
}

/** A director without configuration: no services, the kernel's timeouts and settings, no synchronisation. */
export function emptyTable(settings: Settings = DEFAULT_SETTINGS): Table {
  return tableOf(0, { index: ServiceIndex.empty, rest: { ...NOTHING_ELSE, settings } });
}

const NOTHING_ELSE: Rest = {
  timeouts: DEFAULT_TIMEOUTS,
  daemons: [],
  settings: DEFAULT_SETTINGS,
  marks: [],
  sources: [],
  vips: [],
};

/** The service with exactly this match, or undefined. Takes constant time, however many services there are. */
export function findService(table: Table, match: ServiceMatch): TableService | undefined {
  return indexOf(table).get(matchKey(match));
}

/**
 * One change, by the rules of `changeContent`. The version stays as it is: see `applyOperations`.
 * @throws WeirError with the kernel's errno
 */
export function applyOperation(table: Table, operation: Operation, context: TableContext): Table {
  return tableOf(table.version, changeContent(contentOf(table), operation, context));
}

/**
 * A row of operations that become one new table: they cost what they change, however many services there are. The table it starts
 * from stays as it is.
 */
export class Transaction {
  readonly #version: number;
  readonly #context: TableContext;
  #content: Content;

  /** @throws WeirError VERSION_CONFLICT if the table is not at `expectedVersion` */
  constructor(table: Table, context: TableContext, expectedVersion?: number) {
    if (expectedVersion !== undefined && expectedVersion !== table.version) {
      throw new WeirError('VERSION_CONFLICT', 'the table has changed since it was read', {
        expected: `version ${expectedVersion}`,
        found: `version ${table.version}`,
        fix: 'read the table again and repeat the change',
      });
    }
    const { index, rest } = contentOf(table);
    this.#version = table.version;
    this.#context = context;
    this.#content = { index: index.draft(), rest };
  }

  /** @throws WeirError if the operation is refused; those before it count all the same */
  apply(operation: Operation): void {
    this.#content = changeContent(this.#content, operation, this.#context);
  }

  /** The service of this key (`matchKey`), as the operations so far have left it. */
  service(key: string): TableService | undefined {
    return this.#content.index.get(key);
  }

  services(): readonly TableService[] {
    return this.#content.index.services();
  }

  /** The table after all of it, with a version one higher. Nothing may be applied after that. */
  finish(): Table {
    const { index, rest } = this.#content;
    return tableOf(this.#version + 1, { index: index.settled(), rest });
  }
}

/**
 * A transaction: all operations in order, and a version one higher.
 * @throws WeirError the first operation that is refused; VERSION_CONFLICT if the table is not at `expectedVersion`
 */
export function applyOperations(
  table: Table,
  operations: readonly Operation[],
  context: TableContext,
  expectedVersion?: number,
): Table {
  const transaction = new Transaction(table, context, expectedVersion);
  for (const operation of operations) transaction.apply(operation);
  return transaction.finish();
}

/**
 * Every operation by itself, as a row of ipvsadm commands: those that are refused change nothing and do not stop the others.
 * The version rises by one if anything was accepted.
 * @returns the table after it, and for each operation the reason why it was refused, or undefined
 */
export function applyEachOperation(
  table: Table,
  operations: readonly Operation[],
  context: TableContext,
): { table: Table; outcomes: (WeirError | undefined)[] } {
  const transaction = new Transaction(table, context);
  const outcomes = operations.map((operation) => {
    try {
      transaction.apply(operation);
      return undefined;
    } catch (error) {
      if (error instanceof WeirError) return error;
      throw error;
    }
  });
  if (outcomes.every((outcome) => outcome !== undefined)) return { table, outcomes };
  return { table: transaction.finish(), outcomes };
}

/** Kept beside the tables and not in them, so that a table stays plain data that can be copied and sent. */
const indexes = new WeakMap<object, ServiceIndex>();

function indexOf(table: Table): ServiceIndex {
  const known = indexes.get(table) ?? indexes.get(table.services);
  if (known !== undefined) return known;
  const index = ServiceIndex.of(table.services);
  indexes.set(table.services, index);
  return index;
}

function contentOf(table: Table): Content {
  const { timeouts, daemons, settings, marks, sources, vips } = table;
  return { index: indexOf(table), rest: { timeouts, daemons, settings, marks, sources, vips } };
}

function tableOf(version: number, { index, rest }: Content): Table {
  const table: Table = {
    version,
    /** Laid out only when asked for: most who change a table do not look at all of it. */
    get services() {
      const services = index.services();
      indexes.set(services, index);
      return services;
    },
    ...rest,
  };
  indexes.set(table, index);
  return table;
}
