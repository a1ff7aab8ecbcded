import type { WeirError } from '../base/error.ts';
import type { Connection } from '../lvs/live-connection.ts';
import type { Operation } from '../lvs/operation.ts';
import type { ServiceMatch } from '../lvs/service.ts';
import type { ServiceStatistics } from '../lvs/statistics.ts';
import type { Table } from '../lvs/table.ts';

/** The director that the command line works on, wherever it runs: in another process, or in the same page of a browser. */
export interface Director {
  table(): Promise<Table>;

  /** Counters, connection counts and rates of every service, in the order of `table().services`. */
  statistics(): Promise<ServiceStatistics[]>;

  /** Live connections and templates in no defined order. */
  connections(): AsyncIterable<Connection>;

  /** @throws WeirError ESRCH if there is no such service */
  zero(match?: ServiceMatch): Promise<void>;

  /**
   * Applies operations in order. With `each`, one that is refused does not stop the others; without, all or none are applied.
   * @returns for each operation the reason why it was refused, or undefined; without `each` they all have the same
   * @throws WeirError if the director cannot be reached
   */
  apply(operations: readonly Operation[], options: { each: boolean }): Promise<(WeirError | undefined)[]>;
}
