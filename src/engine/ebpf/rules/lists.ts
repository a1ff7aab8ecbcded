import { CELL_SIZE, SIZE } from '../../../kernel/abi.generated.ts';
import { type Block, allocateOrWait } from '../maps/arena.ts';
import type { Registry, ServiceEntry } from '../maps/registry.ts';
import { programScheduler } from '../maps/schedulers.ts';
import type { Tables } from '../maps/tables.ts';
import type { Claim } from './claim.ts';

/*
 * Where the list of a service's destinations stands: a block of slots that packets walk, and cells beside it, in which long lists note
 * the load of their destinations.
 */

/** The present block where the list only grew and has room, else a new one. @throws WeirError ENGINE_FULL */
export function blockFor(
  list: readonly number[],
  before: ServiceEntry | undefined,
  claim: Claim,
  { arena }: Registry,
): Block {
  const grown =
    before !== undefined &&
    before.list.length === before.record.count &&
    list.length <= before.block.capacity &&
    before.list.every((index, i) => list[i] === index);
  if (grown) return before.block;
  return claim.takeBlock(allocateOrWait(arena, list.length, `a list of ${list.length} destinations`));
}

/** Writes the slots of lists; of one in its present block only those behind what packets walk. */
export function writeLists(
  { maps }: Tables,
  lists: readonly { before: ServiceEntry | undefined; entry: ServiceEntry }[],
): void {
  const places: number[] = [];
  const indices: number[] = [];
  for (const { before, entry } of lists)
    for (let i = before?.block === entry.block ? before.list.length : 0; i < entry.list.length; i++) {
      places.push(entry.block.first + i);
      indices.push(entry.list[i] ?? 0);
    }
  const values = Buffer.alloc(indices.length * 4);
  for (const [i, index] of indices.entries()) values.writeUInt32LE(index, i * 4);
  maps.slots.setMany(places, values);
}

/** A list that is longer than a cell has cells, if its scheduler looks at everybody. */
export function hasCells(scheduler: string, { capacity }: Block): boolean {
  return programScheduler(scheduler).compares === true && capacity > SIZE.CELL_SLOTS;
}

/** The number of the cell in which a destination notes its load. @param place of the destination in the list */
export function cellOf(block: Block, place: number): number {
  return Math.floor((block.first + place) / SIZE.CELL_SLOTS) + 1;
}

export function emptyCells({ maps }: Tables, block: Block): void {
  maps.cells.setRange(cellOf(block, 0), Buffer.alloc((block.capacity / SIZE.CELL_SLOTS) * CELL_SIZE));
}
