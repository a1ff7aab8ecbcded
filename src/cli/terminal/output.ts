import { once } from 'node:events';
import { wireText } from '../../daemon/wire.ts';

/**
 * Writes to standard output; resolves when there is room for more, so that a slow reader slows the writer, or when the reader has
 * gone: what that means is decided where the stream's errors are heard.
 */
export async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain').catch(() => undefined);
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
      widths[column] = Math.max(widths[column] ?? 0, displayWidth(String(cell)));
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
  return typeof cell === 'string' ? toTheLeft(cell, width) : toTheRight(String(cell), width);
}

/** A text with blanks behind it, so that it takes so many columns. */
export function toTheLeft(text: string, width: number): string {
  return `${text}${blanks(text, width)}`;
}

/** A text with blanks before it, so that it takes so many columns. */
export function toTheRight(text: string, width: number): string {
  return `${blanks(text, width)}${text}`;
}

function blanks(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** Columns that a text takes on a terminal: two for each character of the wide East Asian ones (UAX 11). */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/u;
