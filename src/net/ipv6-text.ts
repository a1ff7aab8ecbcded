import { setU16, setU32, u16 } from './bytes.ts';
import { ipv4Value, quad } from './ipv4-text.ts';

const SIZE = 16;
const GROUPS = 8;
const LONGEST = 'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255'.length;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16));
const PADDED_HEX = HEX.map((text) => text.padStart(2, '0'));

/** The sixteen bytes of a text after RFC 4291 section 2.2; undefined where it is none. */
export function ipv6Bytes(text: string): Uint8Array | undefined {
  if (text.length > LONGEST) return undefined;
  const bytes = new Uint8Array(SIZE);
  let filled = 0;
  let gap = text.startsWith('::') ? 0 : -1;
  for (let index = gap === 0 ? 2 : 0; index < text.length;) {
    const end = endOfGroup(text, index);
    if (text[end] === '.') {
      const tail = ipv4Value(text.slice(index));
      if (tail === undefined || filled > SIZE - 4) return undefined;
      setU32(bytes, filled, tail);
      filled += 4;
      break;
    }
    if (end === index || end - index > 4 || filled === SIZE) return undefined;
    setU16(bytes, filled, Number.parseInt(text.slice(index, end), 16));
    filled += 2;
    if (end === text.length) break;
    if (text[end] !== ':' || end + 1 === text.length) return undefined;
    index = end + 1;
    if (text[index] !== ':') continue;
    if (gap >= 0) return undefined;
    gap = filled;
    index += 1;
  }
  return gap < 0 ? whole(bytes, filled) : spread(bytes, filled, gap);
}

/** The text of the sixteen bytes at `offset`, by RFC 5952 section 4; mapped IPv4 addresses by section 5. */
export function ipv6Text(bytes: Uint8Array, offset: number): string {
  if (isMapped(bytes, offset)) {
    return `::ffff:${quad(bytes[offset + 12]!, bytes[offset + 13]!, bytes[offset + 14]!, bytes[offset + 15]!)}`;
  }
  let bestStart = 0;
  let bestLength = 0;
  let length = 0;
  for (let index = 0; index < GROUPS; index++) {
    length = u16(bytes, offset + index * 2) === 0 ? length + 1 : 0;
    if (length <= bestLength) continue;
    bestLength = length;
    bestStart = index + 1 - length;
  }
  if (bestLength < 2) return groupsText(bytes, offset, 0, GROUPS);
  const head = groupsText(bytes, offset, 0, bestStart);
  return `${head}::${groupsText(bytes, offset, bestStart + bestLength, GROUPS)}`;
}

function endOfGroup(text: string, start: number): number {
  let end = start;
  while (end < text.length && isHexDigit(text.charCodeAt(end))) end += 1;
  return end;
}

function isHexDigit(code: number): boolean {
  const letter = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (letter >= 0x61 && letter <= 0x66);
}

function whole(bytes: Uint8Array, filled: number): Uint8Array | undefined {
  return filled === SIZE ? bytes : undefined;
}

/** Moves what stands after `::` to the end. It stands for one group of zeros at least. */
function spread(bytes: Uint8Array, filled: number, gap: number): Uint8Array | undefined {
  if (filled > SIZE - 2) return undefined;
  const tail = SIZE - (filled - gap);
  bytes.copyWithin(tail, gap, filled);
  return bytes.fill(0, gap, tail);
}

function isMapped(bytes: Uint8Array, offset: number): boolean {
  for (let index = 0; index < 10; index++) if (bytes[offset + index] !== 0) return false;
  return u16(bytes, offset + 10) === 0xffff;
}

function groupsText(bytes: Uint8Array, offset: number, first: number, end: number): string {
  let text = '';
  for (let index = first; index < end; index++) {
    const high = bytes[offset + index * 2]!;
    const low = bytes[offset + index * 2 + 1]!;
    if (index > first) text += ':';
    text += high === 0 ? HEX[low]! : HEX[high]! + PADDED_HEX[low]!;
  }
  return text;
}
