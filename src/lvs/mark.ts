import { WeirError } from '../base/error.ts';
import { endpointText, type AddressMatch, type Protocol } from './service.ts';
import { isIntegerIn } from './table-range.ts';

/** `icmp`: that of the address's family, whose messages have no ports. Errors marked so come to the director, wherever they are addressed. */
export type MarkProtocol = Protocol | 'icmp';

/** What packets must carry to get a mark: protocol, address and port (0: any port of the address). */
export interface MarkTarget extends Omit<AddressMatch, 'protocol'> {
  protocol: MarkProtocol;
}

/**
 * A rule of Weir's own that gives packets to a virtual address, protocol and port (0: any port) a firewall mark. All rules with
 * one mark make the set of addresses of a firewall-mark service, without netfilter.
 */
export interface MarkRule {
  /** 1 to 2^32-1. */
  readonly mark: number;
  readonly match: Readonly<MarkTarget>;
}

/** True for a rule about packets that a service can have. */
export function isAboutServices(match: MarkTarget): match is AddressMatch {
  return match.protocol !== 'icmp';
}

/** The rules with one more. @throws WeirError MARK_INVALID, MARK_EXISTS */
export function addMark(rules: readonly MarkRule[], rule: MarkRule): MarkRule[] {
  const { mark, match } = rule;
  if (!isIntegerIn(mark, 1, 0xffffffff)) throw invalid('mark', '1 to 4294967295', mark);
  if (!isIntegerIn(match.port, 0, 0xffff)) throw invalid('port', '0 (any) to 65535', match.port);
  if (match.protocol === 'icmp' && match.port !== 0) throw invalid('port', '0, as ICMP has none', match.port);
  const known = rules.find((one) => isSame(one.match, match));
  if (known === undefined) return [...rules, rule];
  throw new WeirError('MARK_EXISTS', `${markTarget(match)} has a mark already`, {
    errno: 'EEXIST',
    expected: 'one mark for each protocol, address and port',
    found: `mark ${known.mark}`,
    fix: `remove it first with \`weir mark remove ${markTarget(match)}\``,
  });
}

/** The rules without the one for this protocol, address and port. @throws WeirError MARK_UNKNOWN */
export function deleteMark(rules: readonly MarkRule[], match: MarkTarget): MarkRule[] {
  const rest = rules.filter((one) => !isSame(one.match, match));
  if (rest.length < rules.length) return rest;
  throw new WeirError('MARK_UNKNOWN', `${markTarget(match)} has no mark`, {
    errno: 'ENOENT',
    found: markTarget(match),
    fix: 'list the rules with `weir mark list`',
  });
}

/** `tcp 10.1.1.21:80`; `tcp 10.1.1.21` for any port, `icmp 10.1.1.21`. */
export function markTarget({ protocol, address, port }: MarkTarget): string {
  return `${protocol} ${port === 0 ? address : endpointText({ address, port })}`;
}

/** The marks of a running director, found in constant time. */
export class Marks {
  readonly #marks = new Map<string, number>();

  add({ mark, match }: MarkRule): void {
    this.#marks.set(markTarget(match), mark);
  }

  delete(match: MarkTarget): void {
    this.#marks.delete(markTarget(match));
  }

  /** The mark of a packet to this protocol, address and port; the rule for the very port before the one for any. 0: none. */
  of(match: MarkTarget): number {
    if (this.#marks.size === 0) return 0;
    return this.#marks.get(markTarget(match)) ?? this.#marks.get(markTarget({ ...match, port: 0 })) ?? 0;
  }
}

function isSame(a: MarkTarget, b: MarkTarget): boolean {
  return a.protocol === b.protocol && a.address === b.address && a.port === b.port;
}

function invalid(what: string, expected: string, found: number): WeirError {
  return new WeirError('MARK_INVALID', `the ${what} of the rule is out of range`, {
    errno: 'EINVAL',
    expected,
    found: String(found),
  });
}
