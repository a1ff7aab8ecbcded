import { echoRest, ICMP_TYPE, ICMP_UNREACHABLE, type IcmpDraft } from './icmp.ts';
import { ICMPV6_TYPE, ICMPV6_UNREACHABLE } from './icmpv6.ts';

/** An ICMP header as a test wants to say it: names or numbers, and the second word by what it means. */
interface Spec<TypeName, CodeName> {
  type: TypeName | number;
  /** By name for "destination unreachable". */
  code?: CodeName | number;
  checksum?: number;
  /** Of an echo. */
  identifier?: number;
  sequence?: number;
  /** Of "fragmentation needed" or "packet too big", in bytes. */
  mtu?: number;
  /** The whole second word, where it is something else. */
  rest?: number;
}

export type IcmpSpec = Spec<keyof typeof ICMP_TYPE, keyof typeof ICMP_UNREACHABLE>;
export type Icmpv6Spec = Spec<keyof typeof ICMPV6_TYPE, keyof typeof ICMPV6_UNREACHABLE>;

export function icmpHeader(spec: IcmpSpec): IcmpDraft {
  const { type, code = 0 } = spec;
  return {
    type: typeof type === 'number' ? type : ICMP_TYPE[type],
    code: typeof code === 'number' ? code : ICMP_UNREACHABLE[code],
    ...common(spec),
  };
}

export function icmpv6Header(spec: Icmpv6Spec): IcmpDraft {
  const { type, code = 0 } = spec;
  return {
    type: typeof type === 'number' ? type : ICMPV6_TYPE[type],
    code: typeof code === 'number' ? code : ICMPV6_UNREACHABLE[code],
    ...common(spec),
  };
}

function common(spec: Spec<unknown, unknown>): Pick<IcmpDraft, 'rest' | 'checksum'> {
  const { identifier = 0, sequence = 0, checksum } = spec;
  const rest = spec.rest ?? spec.mtu ?? echoRest(identifier, sequence);
  return { rest, ...(checksum !== undefined && { checksum }) };
}
