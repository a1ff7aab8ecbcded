import { destinationColumn, leftColumns } from './columns.ts';
import type { Layout } from './layout.ts';
import { serviceLine } from './service-line.ts';

/** `--thresholds`: limits of connections and the connections themselves. */
export const thresholdsLayout: Layout = {
  heading: `Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn${' '}
  -> RemoteAddress:Port`,
  service: serviceLine,
  destination: ({ name, destination, statistics }) =>
    destinationColumn(name) +
    leftColumns(
      [destination.upperThreshold, 10],
      [destination.lowerThreshold, 10],
      [statistics.active, 10],
      [statistics.inactive, 10],
    ),
};
