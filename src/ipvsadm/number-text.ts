/**
 * Reads a number as ipvsadm does, by strtol(3) with base ten: white space and a sign may come first, nothing may follow.
 * @returns undefined for what is no number, and for numbers out of the range
 */
export function parseNumber(text: string, low: number, high: number): number | undefined {
  if (!/^[ \t\n\v\f\r]*[+-]?\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= low && value <= high ? value : undefined;
}

/**
 * Reads a number as atoi(3) does: as many digits as there are at the beginning, 0 if there are none, cut to 32 bits.
 */
export function parseLeadingNumber(text: string): number {
  const digits = /^[ \t\n\v\f\r]*([+-]?\d+)/.exec(text)?.[1];
  if (digits === undefined) return 0;
  const long = BigInt(digits.replace('+', ''));
  const limit = 2n ** 63n;
  const clamped = long >= limit ? limit - 1n : long < -limit ? -limit : long;
  return Number(BigInt.asIntN(32, clamped));
}
