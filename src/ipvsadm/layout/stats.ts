import type { Counters } from '../../lvs/statistics.ts';
import { destinationColumn } from './columns.ts';
import { largeNumber } from './large-number.ts';
import type { Layout } from './layout.ts';

/** `--stats`: totals since the last zero. */
export const statsLayout: Layout = {
  heading: `Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port`,
  service: ({ name, statistics }, exact) => name.padEnd(33) + counterColumns(statistics.counters, exact),
  destination: ({ name, statistics }, exact) => destinationColumn(name) + counterColumns(statistics.counters, exact),
};

function counterColumns({ connections, inPackets, outPackets, inBytes, outBytes }: Counters, exact: boolean): string {
  return [connections, inPackets, outPackets, inBytes, outBytes].map((value) => largeNumber(value, exact)).join('');
}
