import { destinationColumn, leftColumns } from './columns.ts';
import { FORWARD_WORD } from './forwarding.ts';
import type { Layout } from './layout.ts';
import { serviceLine } from './service-line.ts';

/** The list without further options: how it forwards, weight, connections. */
export const defaultLayout: Layout = {
  heading: `Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn`,
  service: serviceLine,
  destination: ({ name, destination, statistics }) =>
    destinationColumn(name) +
    leftColumns(
      [FORWARD_WORD[destination.method], 7],
      [destination.weight, 6],
      [statistics.active, 10],
      [statistics.inactive, 10],
    ),
};
