import type { Destination } from '../../lvs/service.ts';
import type { DestinationStatistics, ServiceStatistics } from '../../lvs/statistics.ts';
import type { TableService } from '../../lvs/table.ts';

export interface ServiceRow {
  /** Protocol and address, such as `TCP  10.0.0.10:80`, or `FWM  7`. */
  name: string;
  service: TableService;
  statistics: ServiceStatistics;
}

export interface DestinationRow {
  name: string;
  destination: Readonly<Destination>;
  statistics: Omit<DestinationStatistics, 'signals'>;
}

/** One form of the list: two lines of heading, then a line for each service and below it one for each destination. */
export interface Layout {
  /** Without a newline at its end, as every line here. */
  heading: string;
  /** @param exact whether large numbers are written out */
  service(row: ServiceRow, exact: boolean): string;
  destination(row: DestinationRow, exact: boolean): string;
}
