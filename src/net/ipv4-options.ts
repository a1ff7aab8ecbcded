import { concatBytes, NO_BYTES, u16, words16 } from './bytes.ts';
import { addressToBytes, ipv4At, type IpAddress } from './ip-address.ts';
import { formatOptionList, NO_OPERATION, parseOptionList, type RawOption } from './option-list.ts';

const ROUTER_ALERT = 148;

/** Options that list addresses (RFC 791 section 3.1). */
const ROUTE_CODE = { 'record-route': 7, 'loose-source-route': 131, 'strict-source-route': 137 } as const;
const ROUTE_KINDS = ['record-route', 'loose-source-route', 'strict-source-route'] as const;

export interface RouteOption {
  kind: keyof typeof ROUTE_CODE;
  /** Of the next address to use, in bytes from the start of the option, counted from 1: 4 is the first. */
  pointer: number;
  addresses: IpAddress[];
}

/** An option of IPv4 as data. What is none of these, or has another length than it must, stays `other`. */
export type Ipv4Option =
  | { kind: 'nop' }
  | RouteOption
  /** RFC 2113. */
  | { kind: 'router-alert'; value: number }
  | { kind: 'other'; code: number; data: Uint8Array };

/**
 * Reads `Ipv4Header.options`.
 * @throws WeirError FRAME_INVALID where a length is impossible
 */
export function parseIpv4Options(bytes: Uint8Array): Ipv4Option[] {
  return parseOptionList(bytes).map(fromRaw);
}

/** The bytes for `Ipv4Header.options`, padded to a multiple of 4. */
export function formatIpv4Options(options: readonly Ipv4Option[]): Uint8Array {
  return formatOptionList(options.map(toRaw));
}

/**
 * The last stop of a source route that is not yet travelled to its end, undefined otherwise. The transport checksum is made
 * for it: to the transport the destination is the final one (RFC 1122 section 3.2.1.8 (c)).
 */
export function sourceRouteEnd(options: Uint8Array): IpAddress | undefined {
  let route: RawOption | undefined;
  try {
    route = parseOptionList(options).find(({ code }) => SOURCE_ROUTES.has(code));
  } catch {
    return undefined;
  }
  if (route === undefined || route.data.length < 5) return undefined;
  const { data } = route;
  const travelled = data[0]! > 2 + data.length;
  return travelled ? undefined : ipv4At(data, data.length - 4);
}

const SOURCE_ROUTES: ReadonlySet<number> = new Set([
  ROUTE_CODE['loose-source-route'],
  ROUTE_CODE['strict-source-route'],
]);

function fromRaw({ code, data }: RawOption): Ipv4Option {
  if (code === NO_OPERATION) return { kind: 'nop' };
  if (code === ROUTER_ALERT && data.length === 2) return { kind: 'router-alert', value: u16(data, 0) };
  const kind = ROUTE_KINDS.find((candidate) => ROUTE_CODE[candidate] === code);
  if (kind === undefined || data.length % 4 !== 1) return { kind: 'other', code, data };
  const addresses = Array.from({ length: (data.length - 1) / 4 }, (_, index) => ipv4At(data, 1 + index * 4));
  return { kind, pointer: data[0]!, addresses };
}

function toRaw(option: Ipv4Option): RawOption {
  if (option.kind === 'other') return option;
  if (option.kind === 'nop') return { code: NO_OPERATION, data: NO_BYTES };
  if (option.kind === 'router-alert') return { code: ROUTER_ALERT, data: words16(option.value) };
  const data = concatBytes(Uint8Array.of(option.pointer), ...option.addresses.map(addressToBytes));
  return { code: ROUTE_CODE[option.kind], data };
}
