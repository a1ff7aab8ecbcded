import { destinationColumn, leftColumns } from './columns.ts';
import type { Layout } from './layout.ts';
import { serviceLine } from './service-line.ts';

/** `--persistent-conn`: the templates that each destination holds, beside its connections. */
export const persistentLayout: Layout = {
  heading: `Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn${' '}
  -> RemoteAddress:Port`,
  service: serviceLine,
  destination: ({ name, destination, statistics }) =>
    destinationColumn(name) +
    leftColumns(
      [destination.weight, 9],
      [statistics.persistent, 11],
      [statistics.active, 10],
      [statistics.inactive, 10],
    ),
};
