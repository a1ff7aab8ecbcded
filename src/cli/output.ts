import { once } from 'node:events';
import { wireText } from '../daemon/wire.ts';

/** Writes to standard output; resolves when there is room for more, so that a slow reader slows the writer. */
export async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Prints a value as indented JSON; counters (bigint) are decimal strings. */
export async function printJson(value: unknown): Promise<void> {
  const compact: unknown = JSON.parse(wireText(value));
  await print(`${JSON.stringify(compact, undefined, 2)}\n`);
}

/** Rows in aligned columns, two blanks apart; numbers stand to the right. */
export function alignColumns(rows: readonly (readonly (string | number | bigint)[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, String(cell).length);
    });
  }
  const lines = rows.map((row) =>
    row
      .map((cell, column) => padCell(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function padCell(cell: string | number | bigint, width: number): string {
  return typeof cell === 'string' ? cell.padEnd(width) : String(cell).padStart(width);
}
