import { destinationColumn, leftColumns } from './columns.ts';
import { FORWARD_WORD, tunnelText } from './forwarding.ts';
import type { Layout } from './layout.ts';
import { serviceLine } from './service-line.ts';

/** `--tun-info`: the default list with the tunnel of each destination. */
export const tunnelLayout: Layout = {
  heading: `Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn`,
  service: serviceLine,
  destination: ({ name, destination, statistics }) =>
    destinationColumn(name) +
    leftColumns(
      [FORWARD_WORD[destination.method], 7],
      [tunnelText(destination.method, destination.tunnel), 13],
      [destination.weight, 6],
      [statistics.active, 10],
      [statistics.inactive, 10],
    ),
};
