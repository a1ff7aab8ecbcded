import type { Rates } from '../../lvs/statistics.ts';
import { destinationColumn } from './columns.ts';
import { largeNumber } from './large-number.ts';
import type { Layout } from './layout.ts';

/** `--rate`: the same per second. Rates of a destination that do not count bytes are always written out, as in ipvsadm. */
export const rateLayout: Layout = {
  heading: `Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
  -> RemoteAddress:Port`,
  service: ({ name, statistics: { rates } }, exact) =>
    name.padEnd(33) + [...events(rates), ...bytes(rates)].map((rate) => largeNumber(rate, exact)).join(''),
  destination: ({ name, statistics: { rates } }, exact) =>
    destinationColumn(name) +
    events(rates)
      .map((rate) => ` ${rate.toString().padStart(8)}`)
      .join('') +
    bytes(rates)
      .map((rate) => largeNumber(rate, exact))
      .join(''),
};

function events({ connections, inPackets, outPackets }: Rates): bigint[] {
  return [connections, inPackets, outPackets].map(whole);
}

function bytes({ inBytes, outBytes }: Rates): bigint[] {
  return [inBytes, outBytes].map(whole);
}

function whole(rate: number): bigint {
  return BigInt(Math.round(rate));
}
