import { icmp, writeIcmpHeader, type IcmpDraft, type IcmpHeader } from './icmp.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import type { Codec } from './codec.ts';
import { transportChecksum } from './transport-checksum.ts';

/** Types of ICMPv6 (RFC 4443, RFC 4861). `packetTooBig` has the MTU in `rest`. */
export const ICMPV6_TYPE = {
  destinationUnreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighbourSolicitation: 135,
  neighbourAdvertisement: 136,
  redirect: 137,
} as const;

/** Codes of `destinationUnreachable` (RFC 4443 section 3.1). */
export const ICMPV6_UNREACHABLE = { noRoute: 0, administrativelyProhibited: 1, address: 3, port: 4 } as const;

/** As in ICMP; what the second word means is ICMPv6's own. */
export type Icmpv6Header = IcmpHeader;
export type Icmpv6Draft = IcmpDraft;

/** Source: RFC 4443 section 2.1. Unlike ICMP's, the checksum covers a pseudo header (section 2.3). */
export const icmpv6: Codec<Icmpv6Header, Icmpv6Draft> = {
  parse: (bytes, offset, end) => icmp.parse(bytes, offset, end),

  size: (header) => icmp.size(header),

  write(header, bytes, offset, context) {
    const sum = (): number => transportChecksum(IP_PROTOCOL.icmpv6, bytes, offset, context);
    writeIcmpHeader(header, bytes, offset, context.keep, sum);
  },
};

/** True for the types that quote the packet they are about: those below 128 (RFC 4443 section 2.1). */
export function isIcmpv6Error(type: number): boolean {
  return type < 128;
}
