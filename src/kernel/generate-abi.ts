import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BtfType, readBtf, resolveType, typedefName } from './btf.ts';

/**
 * Writes src/kernel/abi.generated.ts from the BTF of bpf/objects/abi.bpf.o: a constant per enumeration, and per structure an
 * interface, its size and its codec. `--check` only says whether the file is fresh.
 */

const root = new URL('../../', import.meta.url);
const objectPath = fileURLToPath(new URL('bpf/objects/abi.bpf.o', root));
const outputPath = fileURLToPath(new URL('src/kernel/abi.generated.ts', root));

const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const pascal = (name: string): string => camel(`_${name}`);
const withoutPrefix = (name: string): string => name.replace(/^weir_/, '');

export function generateAbi(elf: Buffer, where: string): string {
  const types = readBtf(elf, where);
  const parts = ['/* Generated from bpf/abi.h by `npm run abi`. Do not edit. */', 'export const LITTLE_ENDIAN = true;'];
  for (const type of types) {
    if (type.kind === 'enum' && type.name.startsWith('weir_')) parts.push(enumeration(type));
    if (type.kind === 'struct' && type.name.startsWith('weir_')) parts.push(structure(type, types));
  }
  return `${parts.join('\n\n')}\n`;
}

function enumeration(type: Extract<BtfType, { kind: 'enum' }>): string {
  const name = withoutPrefix(type.name).toUpperCase();
  const words = name.split('_');
  const prefixes = [...words.keys()].map((dropped) => `WEIR_${words.slice(0, words.length - dropped).join('_')}_`);
  const lines = type.values.map(({ name: full, value }) => {
    const prefix = prefixes.find((p) => full.startsWith(p)) ?? 'WEIR_';
    return `  ${full.slice(prefix.length)}: ${value},`;
  });
  return `export const ${name} = {\n${lines.join('\n')}\n} as const;`;
}

interface Accessor {
  type: string;
  zero: string;
  read: (at: string) => string;
  write: (at: string, value: string) => string;
}

function accessor(types: readonly BtfType[], number: number): Accessor {
  const type = resolveType(types, number);
  const bigEndian = typedefName(types, number).startsWith('__be');
  if (type.kind === 'enum') return integer(type.size, false, bigEndian);
  if (type.kind === 'int') return integer(type.size, type.signed, bigEndian);
  if (type.kind === 'struct') return nested(pascal(withoutPrefix(type.name)));
  throw new Error(`no codec for a field of kind ${type.kind}`);
}

function integer(size: number, signed: boolean, bigEndian: boolean): Accessor {
  const method = `${size === 8 ? 'Big' : ''}${signed ? 'Int' : 'Uint'}${size * 8}`;
  const order = size === 1 ? '' : `, ${bigEndian ? 'false' : 'LITTLE_ENDIAN'}`;
  return {
    type: size === 8 ? 'bigint' : 'number',
    zero: size === 8 ? '0n' : '0',
    read: (at) => `view.get${method}(${at}${order})`,
    write: (at, value) => `view.set${method}(${at}, ${value}${order})`,
  };
}

/** A structure within another is read and written by its own codec, which stands before. */
function nested(name: string): Accessor {
  return {
    type: `${name}Record`,
    zero: '',
    read: (at) => `read${name}Record(view, ${at})`,
    write: (at, value) => `write${name}Record(view, ${value}, ${at})`,
  };
}

function structure(type: Extract<BtfType, { kind: 'struct' }>, types: readonly BtfType[]): string {
  const name = `${pascal(withoutPrefix(type.name))}Record`;
  const fields: string[] = [];
  const reads: string[] = [];
  const writes: string[] = [];
  for (const member of type.members) {
    const field = camel(member.name);
    if (field === 'zero') continue;
    const resolved = resolveType(types, member.type);
    if (resolved.kind === 'array') {
      const item = accessor(types, resolved.type);
      const size = sizeOf(types, resolved.type);
      fields.push(`  ${field}: readonly ${item.type}[];`);
      reads.push(`    ${field}: ${readItems(resolved.length, item, member.offset, size)},`);
      const value = item.zero === '' ? `record.${field}[i]!` : `record.${field}[i] ?? ${item.zero}`;
      writes.push(
        `  for (let i = 0; i < ${resolved.length}; i++) ${item.write(`at + ${member.offset} + i * ${size}`, value)};`,
      );
    } else {
      const item = accessor(types, member.type);
      fields.push(`  ${field}: ${item.type};`);
      reads.push(`    ${field}: ${item.read(`at + ${member.offset}`)},`);
      writes.push(`  ${item.write(`at + ${member.offset}`, `record.${field}`)};`);
    }
  }
  const constant = `${withoutPrefix(type.name).toUpperCase()}_SIZE`;
  return [
    `/** struct ${type.name}; addresses and ports are host numbers here, in network order in memory. */`,
    `export interface ${name} {\n${fields.join('\n')}\n}`,
    `export const ${constant} = ${type.size};`,
    `export function read${name}(view: DataView, at = 0): ${name} {\n  return {\n${reads.join('\n')}\n  };\n}`,
    `export function write${name}(view: DataView, record: ${name}, at = 0): void {\n${writes.join('\n')}\n}`,
  ].join('\n\n');
}

/** Items that are spelt out: of addresses there are hundreds of thousands, and a loop for each takes five times as long. */
const FEW = 4;

function readItems(length: number, { read }: Accessor, offset: number, size: number): string {
  if (length > FEW) return `Array.from({ length: ${length} }, (_, i) => ${read(`at + ${offset} + i * ${size}`)})`;
  return `[${Array.from({ length }, (_, i) => read(`at + ${offset + i * size}`)).join(', ')}]`;
}

function sizeOf(types: readonly BtfType[], number: number): number {
  const type = resolveType(types, number);
  if (type.kind === 'int' || type.kind === 'enum' || type.kind === 'struct') return type.size;
  throw new Error(`no size for kind ${type.kind}`);
}

function main(): number {
  const text = generateAbi(readFileSync(objectPath), objectPath);
  if (!process.argv.includes('--check')) {
    writeFileSync(outputPath, text);
    return 0;
  }
  if (readFileSync(outputPath, 'utf8') === text) return 0;
  console.error('src/kernel/abi.generated.ts is not what bpf/objects/abi.bpf.o describes\n  fix: npm run abi');
  return 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
