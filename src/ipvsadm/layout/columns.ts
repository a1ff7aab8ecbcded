/** The beginning of a destination's line: an arrow and the name in 28 columns. */
export function destinationColumn(name: string): string {
  return `  -> ${name.padEnd(28)}`;
}

/** Left-aligned columns of these widths with a blank before each; the last is filled with blanks too, as in ipvsadm. */
export function leftColumns(...columns: readonly [value: string | number, width: number][]): string {
  return columns.map(([value, width]) => ` ${String(value).padEnd(width)}`).join('');
}
