import { concatBytes, u32, words32 } from './bytes.ts';
import { invalid, needBytes } from './codec.ts';
import { addressToBytes, ipv6At, type IpAddress } from './ip-address.ts';
import { macAt, parseMac, type MacAddress } from './mac-address.ts';

/** Lengths are counted in units of 8 bytes. */
const UNIT = 8;
const ON_LINK = 0x80;
const AUTONOMOUS = 0x40;

/** An option of neighbour discovery (RFC 4861 section 4.6). What is none of these, or has another length, stays `other`. */
export type NeighbourOption =
  | { kind: 'source-link-layer'; mac: MacAddress }
  | { kind: 'target-link-layer'; mac: MacAddress }
  | PrefixOption
  /** As much of the packet that caused a redirect as fits, in whole units of 8 bytes. */
  | { kind: 'redirected'; packet: Uint8Array }
  | { kind: 'mtu'; mtu: number }
  | { kind: 'other'; code: number; data: Uint8Array };

export interface PrefixOption {
  kind: 'prefix';
  prefix: IpAddress;
  /** Bits. */
  length: number;
  onLink: boolean;
  autonomous: boolean;
  /** Seconds; 0xffffffff is for ever. */
  validLifetime: number;
  preferredLifetime: number;
}

type Known = Exclude<NeighbourOption, { kind: 'other' }>;
type Kind = Known['kind'];
type OptionOf<K extends Kind> = Extract<Known, { kind: K }>;

interface Form<K extends Kind> {
  code: number;
  /** Takes what stands after code and length; undefined where its length is not this option's. */
  read(data: Uint8Array): OptionOf<K> | undefined;
  write(option: OptionOf<K>): Uint8Array;
}

const FORMS: { [K in Kind]: Form<K> } = {
  'source-link-layer': {
    code: 1,
    read: (data) => (data.length === 6 ? { kind: 'source-link-layer', mac: macAt(data, 0) } : undefined),
    write: ({ mac }) => parseMac(mac),
  },
  'target-link-layer': {
    code: 2,
    read: (data) => (data.length === 6 ? { kind: 'target-link-layer', mac: macAt(data, 0) } : undefined),
    write: ({ mac }) => parseMac(mac),
  },
  prefix: { code: 3, read: readPrefix, write: writePrefix },
  redirected: {
    code: 4,
    read: (data) => ({ kind: 'redirected', packet: data.subarray(6) }),
    write: ({ packet }) => concatBytes(new Uint8Array(6), packet),
  },
  mtu: {
    code: 5,
    read: (data) => (data.length === 6 ? { kind: 'mtu', mtu: u32(data, 2) } : undefined),
    write: ({ mtu }) => concatBytes(new Uint8Array(2), words32(mtu)),
  },
};

const FORM_OF_CODE = new Map(Object.values(FORMS).map((form) => [form.code, form]));

/**
 * Reads the options at the end of a message.
 * @throws WeirError FRAME_INVALID for a length of 0 (section 4.6: such packets are discarded) or beyond the end
 */
export function parseNeighbourOptions(bytes: Uint8Array): NeighbourOption[] {
  const options: NeighbourOption[] = [];
  for (let offset = 0; offset < bytes.length;) {
    needBytes('neighbour option', offset, bytes.length, UNIT);
    const code = bytes[offset]!;
    const size = bytes[offset + 1]! * UNIT;
    if (size === 0) throw invalid('neighbour option of length 0', offset + 1, '1 or more units of 8 bytes', '0');
    needBytes('neighbour option', offset, bytes.length, size);
    const data = bytes.subarray(offset + 2, offset + size);
    options.push(FORM_OF_CODE.get(code)?.read(data) ?? { kind: 'other', code, data });
    offset += size;
  }
  return options;
}

/** The options as bytes, each padded with zeros to whole units. */
export function formatNeighbourOptions(options: readonly NeighbourOption[]): Uint8Array {
  return concatBytes(
    ...options.map((option) => {
      const { code, data } = option.kind === 'other' ? option : toRaw(option);
      const bytes = new Uint8Array(Math.ceil((2 + data.length) / UNIT) * UNIT);
      bytes[0] = code;
      bytes[1] = bytes.length / UNIT;
      bytes.set(data, 2);
      return bytes;
    }),
  );
}

function toRaw<K extends Kind>(option: OptionOf<K>): { code: number; data: Uint8Array } {
  const form: Form<K> = FORMS[option.kind];
  return { code: form.code, data: form.write(option) };
}

function readPrefix(data: Uint8Array): PrefixOption | undefined {
  if (data.length !== 30) return undefined;
  return {
    kind: 'prefix',
    prefix: ipv6At(data, 14),
    length: data[0]!,
    onLink: (data[1]! & ON_LINK) !== 0,
    autonomous: (data[1]! & AUTONOMOUS) !== 0,
    validLifetime: u32(data, 2),
    preferredLifetime: u32(data, 6),
  };
}

function writePrefix(option: PrefixOption): Uint8Array {
  const flags = (option.onLink ? ON_LINK : 0) | (option.autonomous ? AUTONOMOUS : 0);
  const times = words32(option.validLifetime, option.preferredLifetime, 0);
  return concatBytes(Uint8Array.of(option.length, flags), times, addressToBytes(option.prefix));
}
