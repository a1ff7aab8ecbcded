/** Memory layouts of the few C structures that libbpf and bpf(2) take, written field by field. Little-endian hosts only. */
export interface Field {
  name: string;
  size: 1 | 2 | 4 | 8;
  offset: number;
}

/** A buffer of `length` bytes with the given fields set; bigint or number by field size, the rest zero. */
export function writeStruct(length: number, fields: readonly Field[], values: Record<string, number | bigint>): Buffer {
  const buffer = Buffer.alloc(length);
  for (const field of fields) {
    const value = values[field.name];
    if (value === undefined) continue;
    if (field.size === 8) buffer.writeBigUInt64LE(BigInt(value), field.offset);
    else buffer.writeUIntLE(Number(value), field.offset, field.size);
  }
  return buffer;
}
