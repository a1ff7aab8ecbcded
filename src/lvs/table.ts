import { WeirError } from '../base/error.ts';
import { addMark, deleteMark, type MarkRule } from './mark.ts';
import { DEFAULT_TIMEOUTS, type Operation, type SyncDaemon, type Timeouts } from './operation.ts';
import { familyOf, matchKey, type Destination, type Family, type Service, type ServiceMatch } from './service.ts';
import { DEFAULT_SETTINGS, mergeSettings, type Settings } from './settings.ts';
import { deleteSource, hasSource, setSource, type Source } from './source.ts';
import { checkService, refuseKnownService, refuseOnePacketFullNat, requireService } from './table-service.ts';
import { addDestination, deleteDestination, editDestination } from './table-destination.ts';
import { startDaemon, stopDaemon } from './table-daemon.ts';
import { mergeTimeouts } from './table-timeouts.ts';
import { ServiceIndex } from './table-index.ts';

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
}

/** A table without its services and its version. */
type Rest = Omit<Table, 'version' | 'services'>;

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
  return tableOf(0, ServiceIndex.empty, { ...NOTHING_ELSE, settings });
}

const NOTHING_ELSE: Rest = {
  timeouts: DEFAULT_TIMEOUTS,
  daemons: [],
  settings: DEFAULT_SETTINGS,
  marks: [],
  sources: [],
};

/** The service with exactly this match, or undefined. Takes constant time, however many services there are. */
export function findService(table: Table, match: ServiceMatch): TableService | undefined {
  return indexOf(table).get(matchKey(match));
}

/**
 * One change by the rules of the kernel's control plane (net/netfilter/ipvs/ip_vs_ctl.c; recorded in errors-kernel, dests-*,
 * thresholds, mixed-family-rules, daemons). The version stays as it is: see `applyOperations`.
 * @throws WeirError with the kernel's errno for the first rule that is broken, in the kernel's order of checking
 */
export function applyOperation(table: Table, operation: Operation, context: TableContext): Table {
  const index = indexOf(table);
  switch (operation.do) {
    case 'add-service':
      refuseKnownService(index, operation.service.match);
      checkService(operation.service, context);
      return withService(table, { ...operation.service, destinations: [] });
    case 'edit-service': {
      const { destinations } = requireService(index, operation.service.match);
      checkService(operation.service, context);
      refuseOnePacketFullNat(operation.service, destinations);
      return withService(table, { ...operation.service, destinations });
    }
    case 'delete-service':
      requireService(index, operation.match);
      return withIndex(table, index.delete(matchKey(operation.match)));
    case 'add-destination':
    case 'edit-destination':
    case 'delete-destination':
      return withService(table, changeDestinations(table, index, operation, context));
    case 'flush':
      return withIndex(table, ServiceIndex.empty);
    case 'set-timeouts':
      return withRest(table, { timeouts: mergeTimeouts(table.timeouts, operation.timeouts) });
    case 'start-daemon':
      return withRest(table, { daemons: startDaemon(table, operation.daemon, context) });
    case 'stop-daemon':
      return withRest(table, { daemons: stopDaemon(table.daemons, operation.role) });
    case 'add-mark':
      return withRest(table, { marks: addMark(table.marks, { mark: operation.mark, match: operation.match }) });
    case 'delete-mark':
      return withRest(table, { marks: deleteMark(table.marks, operation.match) });
    case 'set-settings':
      return withRest(table, { settings: mergeSettings(table.settings, operation.settings) });
    case 'set-source':
      return withRest(table, {
        sources: setSource(table.sources, operation.source, (address) => context.isUnicast(address)),
      });
    case 'delete-source':
      return withRest(table, {
        sources: deleteSource(table.sources, operation.address, (family) => hasFullNat(table, family)),
      });
    default:
      throw unknownOperation(operation);
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
  if (expectedVersion !== undefined && expectedVersion !== table.version) {
    throw new WeirError('VERSION_CONFLICT', 'the table has changed since it was read', {
      expected: `version ${expectedVersion}`,
      found: `version ${table.version}`,
      fix: 'read the table again and repeat the change',
    });
  }
  let next = table;
  for (const operation of operations) next = applyOperation(next, operation, context);
  return tableOf(table.version + 1, indexOf(next), next);
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
  let next = table;
  const outcomes = operations.map((operation) => {
    try {
      next = applyOperation(next, operation, context);
      return undefined;
    } catch (error) {
      if (error instanceof WeirError) return error;
      throw error;
    }
  });
  if (next === table) return { table, outcomes };
  return { table: tableOf(table.version + 1, indexOf(next), next), outcomes };
}

function hasFullNat({ services }: Table, family: Family): boolean {
  return services.some(({ destinations }) =>
    destinations.some(({ method, address }) => method === 'full-nat' && familyOf(address) === family),
  );
}

type DestinationOperation = Extract<Operation, { do: `${string}-destination` }>;

function changeDestinations(
  table: Table,
  index: ServiceIndex,
  operation: DestinationOperation,
  context: TableContext,
): TableService {
  const service = requireService(index, operation.match);
  const surroundings = {
    isUnicast: (address: string) => context.isUnicast(address),
    synchronising: table.daemons.length > 0,
    hasSource: (family: Family) => hasSource(table.sources, family),
  };
  switch (operation.do) {
    case 'add-destination':
      return addDestination(service, operation.destination, surroundings);
    case 'edit-destination':
      return editDestination(service, operation.destination, surroundings);
    case 'delete-destination':
      return deleteDestination(service, operation.destination);
    default:
      throw unknownOperation(operation);
  }
}

function unknownOperation(operation: never): WeirError {
  return new WeirError('INTERNAL', 'an operation of a kind that does not exist', { found: JSON.stringify(operation) });
}

function withService(table: Table, service: TableService): Table {
  return withIndex(table, indexOf(table).set(matchKey(service.match), service));
}

function withIndex(table: Table, index: ServiceIndex): Table {
  return tableOf(table.version, index, table);
}

function withRest(table: Table, change: Partial<Rest>): Table {
  return tableOf(table.version, indexOf(table), { ...restOf(table), ...change });
}

/** Named one by one: a copy of the whole would lay out the services. */
function restOf({ timeouts, daemons, settings, marks, sources }: Rest): Rest {
  return { timeouts, daemons, settings, marks, sources };
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

function tableOf(version: number, index: ServiceIndex, rest: Rest): Table {
  const { timeouts, daemons, settings, marks, sources } = rest;
  const table: Table = {
    version,
    /** Laid out only when asked for: a long row of operations would otherwise copy the list once for each. */
    get services() {
      const services = index.services();
      indexes.set(services, index);
      return services;
    },
    timeouts,
    daemons,
    settings,
    marks,
    sources,
  };
  indexes.set(table, index);
  return table;
}
