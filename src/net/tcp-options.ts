import { NO_BYTES, u16, u32, words16, words32 } from './bytes.ts';
import { formatOptionList, NO_OPERATION, parseOptionList, type RawOption } from './option-list.ts';

/** An option of TCP as data. What is none of these, or has another length than it must, stays `other`. */
export type TcpOption =
  | { kind: 'nop' }
  /** Greatest payload in bytes (RFC 9293 section 3.7.1). */
  | { kind: 'mss'; size: number }
  /** RFC 7323 section 2. */
  | { kind: 'window-scale'; shift: number }
  /** RFC 2018. */
  | { kind: 'sack-permitted' }
  /** Edges of the blocks received: sequence numbers, the right one is the first not received (RFC 2018). */
  | { kind: 'sack'; blocks: { left: number; right: number }[] }
  /** RFC 7323 section 3. */
  | { kind: 'timestamps'; value: number; echo: number }
  | { kind: 'other'; code: number; data: Uint8Array };

type Known = Exclude<TcpOption, { kind: 'other' }>;
type Kind = Known['kind'];
type OptionOf<K extends Kind> = Extract<Known, { kind: K }>;

interface Form<K extends Kind> {
  code: number;
  /** Undefined for data of a length that this option cannot have. */
  read(data: Uint8Array): OptionOf<K> | undefined;
  write(option: OptionOf<K>): Uint8Array;
}

const FORMS: { [K in Kind]: Form<K> } = {
  nop: { code: NO_OPERATION, read: () => ({ kind: 'nop' }), write: () => NO_BYTES },
  mss: {
    code: 2,
    read: (data) => (data.length === 2 ? { kind: 'mss', size: u16(data, 0) } : undefined),
    write: ({ size }) => words16(size),
  },
  'window-scale': {
    code: 3,
    read: (data) => (data.length === 1 ? { kind: 'window-scale', shift: data[0]! } : undefined),
    write: ({ shift }) => Uint8Array.of(shift),
  },
  'sack-permitted': {
    code: 4,
    read: (data) => (data.length === 0 ? { kind: 'sack-permitted' } : undefined),
    write: () => NO_BYTES,
  },
  sack: {
    code: 5,
    read: (data) => (data.length % 8 === 0 ? { kind: 'sack', blocks: sackBlocks(data) } : undefined),
    write: ({ blocks }) => words32(...blocks.flatMap(({ left, right }) => [left, right])),
  },
  timestamps: {
    code: 8,
    read: (data) => (data.length === 8 ? { kind: 'timestamps', value: u32(data, 0), echo: u32(data, 4) } : undefined),
    write: ({ value, echo }) => words32(value, echo),
  },
};

const FORM_OF_CODE = new Map(Object.values(FORMS).map((form) => [form.code, form]));

/**
 * Reads `TcpHeader.options`.
 * @throws WeirError FRAME_INVALID where a length is impossible
 */
export function parseTcpOptions(bytes: Uint8Array): TcpOption[] {
  return parseOptionList(bytes).map(({ code, data }) => {
    return FORM_OF_CODE.get(code)?.read(data) ?? { kind: 'other', code, data };
  });
}

/** The bytes for `TcpHeader.options`, padded to a multiple of 4. */
export function formatTcpOptions(options: readonly TcpOption[]): Uint8Array {
  return formatOptionList(options.map((option) => (option.kind === 'other' ? option : toRaw(option))));
}

function toRaw<K extends Kind>(option: OptionOf<K>): RawOption {
  const form: Form<K> = FORMS[option.kind];
  return { code: form.code, data: form.write(option) };
}

function sackBlocks(data: Uint8Array): { left: number; right: number }[] {
  return Array.from({ length: data.length / 8 }, (_, index) => ({
    left: u32(data, index * 8),
    right: u32(data, index * 8 + 4),
  }));
}
