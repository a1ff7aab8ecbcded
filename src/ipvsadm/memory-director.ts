import { newSignals } from '../lvs/signals.ts';
import { WeirError } from '../base/error.ts';
import type { Connection } from '../lvs/live-connection.ts';
import type { Operation } from '../lvs/operation.ts';
import { matchKey, type ServiceMatch } from '../lvs/service.ts';
import type { Counters, Rates, ServiceStatistics } from '../lvs/statistics.ts';
import {
  applyEachOperation,
  applyOperations,
  emptyTable,
  findService,
  type Table,
  type TableContext,
} from '../lvs/table.ts';
import type { Director } from './director.ts';

/** A director that keeps a table and forwards nothing: to try command lines, to check rules, for tests. */
export class MemoryDirector implements Director {
  readonly #context: TableContext;
  #table: Table;

  constructor(context: TableContext, table = emptyTable()) {
    this.#context = context;
    this.#table = table;
  }

  async table(): Promise<Table> {
    return this.#table;
  }

  async statistics(): Promise<ServiceStatistics[]> {
    return this.#table.services.map(({ match, destinations }) => ({
      match,
      counters: NO_COUNTERS,
      rates: NO_RATES,
      destinations: destinations.map(({ address, port }) => ({
        id: { address, port },
        active: 0,
        inactive: 0,
        persistent: 0,
        signals: newSignals(),
        counters: NO_COUNTERS,
        rates: NO_RATES,
      })),
    }));
  }

  /** There are none. */
  async *connections(): AsyncIterable<Connection> {}

  async zero(match?: ServiceMatch): Promise<void> {
    if (match === undefined || findService(this.#table, match) !== undefined) return;
    throw new WeirError('SERVICE_UNKNOWN', 'No such service', { errno: 'ESRCH', found: matchKey(match) });
  }

  async apply(operations: readonly Operation[], { each }: { each: boolean }): Promise<(WeirError | undefined)[]> {
    if (each) {
      const { table, outcomes } = applyEachOperation(this.#table, operations, this.#context);
      this.#table = table;
      return outcomes;
    }
    try {
      this.#table = applyOperations(this.#table, operations, this.#context);
      return operations.map(() => undefined);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      return operations.map(() => error);
    }
  }
}

const NO_COUNTERS: Counters = { connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n };
const NO_RATES: Rates = { connections: 0, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 };
