import { changedFields, WALK_FIELDS, type Journey, type Sighting, type WalkField } from './walk.ts';
import type { World } from './walk-sentences.ts';

export interface TableOptions {
  /** Columns of the terminal; a wider table continues below. */
  width: number;
  /** Whether to use bold besides the mark. */
  bold: boolean;
  /** The rows, in this order; all if absent. A row for tunnels is there only where there is one. */
  fields?: readonly WalkField[];
}

const LABEL_WIDTH = 6;
const GAP = 2;

/**
 * A journey as a table: a column per sighting, a row per field. What changed since the column before is marked with `*`, and
 * MAC addresses are followed by the NIC they belong to.
 */
export function walkTable({ sightings }: Journey, world: World, options: TableOptions): string[] {
  const tunnelled = sightings.some(({ fields }) => fields.outer !== '');
  const rows = (options.fields ?? WALK_FIELDS).filter((field) => field !== 'outer' || tunnelled);
  const columns = sightings.map((sighting, index) => columnOf(sighting, sightings[index - 1], { world, rows }));
  const width = Math.max(...columns.flat().map((cell) => cell.text.length));
  const fitting = Math.max(1, Math.floor((options.width - LABEL_WIDTH) / (width + GAP)));
  const lines: string[] = [];
  for (let first = 0; first < columns.length; first += fitting) {
    if (first > 0) lines.push('');
    lines.push(...block(columns.slice(first, first + fitting), labelsOf(rows), width, options));
  }
  return lines;
}

interface Cell {
  text: string;
  changed: boolean;
}

/** Labels of the rows; the ones without are the second lines of cells. */
function labelsOf(rows: readonly WalkField[]): string[] {
  return ['', '', ...rows.flatMap((field) => (isMac(field) ? [field, ''] : [field]))];
}

interface Shown {
  world: World;
  rows: readonly WalkField[];
}

function columnOf(
  { point, direction, fields }: Sighting,
  before: Sighting | undefined,
  { world, rows }: Shown,
): Cell[] {
  const changed = new Set(before === undefined ? [] : changedFields(before.fields, fields));
  const head = [point.host, `${point.nic} ${direction}`].map((text) => ({ text, changed: false }));
  const body = rows.flatMap((field) => {
    const cell = { text: `${changed.has(field) ? '*' : ' '}${fields[field]}`, changed: changed.has(field) };
    if (!isMac(field)) return [cell];
    const owner = world.nicOfMac(fields[field]);
    return [cell, { text: owner === undefined ? '  nobody here' : `  ${owner.host} ${owner.nic}`, changed: false }];
  });
  return [...head.map((cell) => ({ ...cell, text: ` ${cell.text}` })), ...body];
}

function block(columns: readonly Cell[][], labels: readonly string[], width: number, { bold }: TableOptions): string[] {
  const row = (index: number): string => {
    const cells = columns.map((column) => paint(column[index] ?? { text: '', changed: false }, width, bold));
    return `${labels[index]!.padEnd(LABEL_WIDTH)}${cells.join(' '.repeat(GAP))}`.trimEnd();
  };
  const rule = `${' '.repeat(LABEL_WIDTH)} ${columns.map(() => '-'.repeat(width - 1)).join(' '.repeat(GAP + 1))}`;
  return [row(0), row(1), rule, ...labels.slice(2).map((_, index) => row(index + 2))];
}

function paint({ text, changed }: Cell, width: number, bold: boolean): string {
  const padded = text.padEnd(width);
  return bold && changed ? `\u001b[1m${padded}\u001b[22m` : padded;
}

function isMac(field: WalkField): field is 'smac' | 'dmac' {
  return field === 'smac' || field === 'dmac';
}
