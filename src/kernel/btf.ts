import { WeirError } from '../base/error.ts';

/**
 * The BPF Type Format (Documentation/bpf/btf.rst): the types of a compiled object, as far as structures, enumerations, arrays
 * and integers go. Little-endian objects.
 */

export type BtfType =
  | { kind: 'int'; name: string; size: number; signed: boolean }
  | { kind: 'struct'; name: string; size: number; members: { name: string; type: number; offset: number }[] }
  | { kind: 'enum'; name: string; size: number; values: { name: string; value: number }[] }
  | { kind: 'array'; type: number; length: number }
  | { kind: 'typedef'; name: string; type: number }
  | { kind: 'modifier'; type: number }
  | { kind: 'other'; name: string };

const MAGIC = 0xeb9f;
const KIND = {
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
} as const;
const KIND_RESTRICT = 11;
const KIND_FUNC_PROTO = 13;
const KIND_VAR = 14;
const KIND_DATASEC = 15;
const KIND_DECL_TAG = 17;
const KIND_ENUM64 = 19;

/** Types by number; number 0 is void. @throws WeirError OBJECT_INVALID */
export function readBtf(elf: Buffer, where: string): BtfType[] {
  const section = findSection(elf, '.BTF', where);
  if (section.readUInt16LE(0) !== MAGIC)
    throw invalid(where, 'the BTF magic 0xeb9f', `0x${section.readUInt16LE(0).toString(16)}`);
  const header = section.readUInt32LE(4);
  const types = section.subarray(
    header + section.readUInt32LE(8),
    header + section.readUInt32LE(8) + section.readUInt32LE(12),
  );
  const strings = section.subarray(
    header + section.readUInt32LE(16),
    header + section.readUInt32LE(16) + section.readUInt32LE(20),
  );
  const text = (at: number): string => strings.toString('utf8', at, strings.indexOf(0, at));
  const result: BtfType[] = [{ kind: 'other', name: 'void' }];
  for (let at = 0; at < types.length;) {
    const { type, length } = readType(types, at, text, where);
    result.push(type);
    at += length;
  }
  return result;
}

/** Follows typedefs and const/volatile to the type that says how the bytes lie. */
export function resolveType(types: readonly BtfType[], number: number): BtfType {
  const type = types[number];
  if (type === undefined) throw new WeirError('OBJECT_INVALID', `type ${number} is not in the BTF`);
  return type.kind === 'typedef' || type.kind === 'modifier' ? resolveType(types, type.type) : type;
}

/** Name of the outermost typedef, e.g. `__be32`; '' where there is none. */
export function typedefName(types: readonly BtfType[], number: number): string {
  const type = types[number];
  if (type?.kind === 'modifier') return typedefName(types, type.type);
  return type?.kind === 'typedef' ? type.name : '';
}

function readType(
  bytes: Buffer,
  at: number,
  text: (at: number) => string,
  where: string,
): { type: BtfType; length: number } {
  const name = text(bytes.readUInt32LE(at));
  const info = bytes.readUInt32LE(at + 4);
  const sizeOrType = bytes.readUInt32LE(at + 8);
  const count = info & 0xffff;
  const kind = (info >>> 24) & 0x1f;
  const data = at + 12;
  switch (kind) {
    case KIND.int:
      return {
        type: { kind: 'int', name, size: sizeOrType, signed: ((bytes.readUInt32LE(data) >>> 24) & 1) === 1 },
        length: 16,
      };
    case KIND.array:
      return {
        type: { kind: 'array', type: bytes.readUInt32LE(data), length: bytes.readUInt32LE(data + 8) },
        length: 24,
      };
    case KIND.struct:
    case KIND.union: {
      const members = Array.from({ length: count }, (_, i) => ({
        name: text(bytes.readUInt32LE(data + i * 12)),
        type: bytes.readUInt32LE(data + i * 12 + 4),
        offset: (bytes.readUInt32LE(data + i * 12 + 8) & 0xffffff) / 8,
      }));
      return { type: { kind: 'struct', name, size: sizeOrType, members }, length: 12 + count * 12 };
    }
    case KIND.enum: {
      const values = Array.from({ length: count }, (_, i) => ({
        name: text(bytes.readUInt32LE(data + i * 8)),
        value: bytes.readInt32LE(data + i * 8 + 4),
      }));
      return { type: { kind: 'enum', name, size: sizeOrType, values }, length: 12 + count * 8 };
    }
    case KIND.typedef:
      return { type: { kind: 'typedef', name, type: sizeOrType }, length: 12 };
    case KIND.volatile:
    case KIND.const:
    case KIND_RESTRICT:
      return { type: { kind: 'modifier', type: sizeOrType }, length: 12 };
    case KIND_FUNC_PROTO:
      return { type: { kind: 'other', name }, length: 12 + count * 8 };
    case KIND_VAR:
    case KIND_DECL_TAG:
      return { type: { kind: 'other', name }, length: 16 };
    case KIND_DATASEC:
    case KIND_ENUM64:
      return { type: { kind: 'other', name }, length: 12 + count * 12 };
    default:
      if (kind === 0 || kind > KIND_ENUM64) throw invalid(where, 'a BTF kind from 1 to 19', String(kind));
      return { type: { kind: 'other', name }, length: 12 };
  }
}

/** Contents of a section of a 64-bit little-endian ELF file. */
function findSection(elf: Buffer, wanted: string, where: string): Buffer {
  if (elf.length < 64 || elf.toString('latin1', 0, 4) !== '\x7fELF')
    throw invalid(where, 'an ELF file', `${elf.length} bytes`);
  const table = Number(elf.readBigUInt64LE(40));
  const size = elf.readUInt16LE(58);
  const count = elf.readUInt16LE(60);
  const section = (i: number): Buffer => {
    const header = table + i * size;
    const offset = Number(elf.readBigUInt64LE(header + 24));
    return elf.subarray(offset, offset + Number(elf.readBigUInt64LE(header + 32)));
  };
  const names = section(elf.readUInt16LE(62));
  for (let i = 0; i < count; i++) {
    const at = elf.readUInt32LE(table + i * size);
    if (names.toString('latin1', at, names.indexOf(0, at)) === wanted) return section(i);
  }
  throw invalid(where, `a section ${wanted}`, 'none');
}

function invalid(where: string, expected: string, found: string): WeirError {
  return new WeirError('OBJECT_INVALID', 'the compiled eBPF object cannot be read', {
    where,
    expected,
    found,
    fix: 'npm run bpf',
  });
}
