/** Dotted quads, digit by digit: text is what the layers above keep, so it is read and written for every packet. */

const DOT = 0x2e;
const ZERO = 0x30;
const LONGEST = '255.255.255.255'.length;

const DECIMAL = Array.from({ length: 256 }, (_, octet) => String(octet));
const DOT_DECIMAL = DECIMAL.map((text) => `.${text}`);

/** The address as an unsigned number in host order; undefined for any text but four plain decimals up to 255. */
export function ipv4Value(text: string): number | undefined {
  if (text.length > LONGEST) return undefined;
  let value = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === DOT && digits > 0) {
      value = value * 256 + octet;
      octet = 0;
      digits = 0;
      dots += 1;
      continue;
    }
    const leadingZero = digits > 0 && octet === 0;
    octet = octet * 10 + code - ZERO;
    digits += 1;
    if (code < ZERO || code > ZERO + 9 || leadingZero || octet > 255) return undefined;
  }
  return dots === 3 && digits > 0 ? value * 256 + octet : undefined;
}

/** The dotted quad of four bytes. */
export function quad(a: number, b: number, c: number, d: number): string {
  return DECIMAL[a]! + DOT_DECIMAL[b]! + DOT_DECIMAL[c]! + DOT_DECIMAL[d]!;
}
