/** From which value on, by which it is divided, and the unit that stands for it; the first that fits counts. */
const UNITS = [
  { from: 100_000_000_000_000n, divisor: 1_000_000_000_000n, unit: 'T' },
  { from: 100_000_000_000n, divisor: 1_000_000_000n, unit: 'G' },
  { from: 1_000_000_000n, divisor: 1_000_000n, unit: 'M' },
  { from: 100_000_000n, divisor: 1_000n, unit: 'K' },
] as const;

/**
 * A counter in at least nine columns, the first of them blank. Large ones are cut (not rounded) to thousands, millions and so
 * on; `exact` prints all digits and takes the room it needs. Recorded in stats-large.
 */
export function largeNumber(value: bigint, exact: boolean): string {
  const digits = value.toString();
  if (exact) return ` ${digits}`.padStart(9);
  const scale = UNITS.find(({ from }) => value >= from);
  return scale === undefined ? digits.padStart(9) : `${value / scale.divisor}`.padStart(8) + scale.unit;
}
