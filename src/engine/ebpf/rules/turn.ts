import type { Operation } from '../../../lvs/operation.ts';
import { type WrrCursor, wrrChanged, wrrStart } from '../../../lvs/schedulers/wrr.ts';
import { endpointText } from '../../../lvs/service.ts';
import type { TableService } from '../../../lvs/table.ts';

/** Where the round robin of a service stands, told by what it chose last, so that it survives a change of the list. */
export interface Turn extends Omit<WrrCursor, 'position'> {
  /** Endpoint of the destination chosen last; undefined: the head of the list. */
  last: string | undefined;
  /** The scheduler starts anew: whatever it remembers is forgotten. */
  starts: boolean;
}

/** The turn of a service that has just got its scheduler. */
export function startTurn({ scheduler, destinations }: TableService): Turn {
  const { currentWeight, maxWeight, step } = wrrStart(
    scheduler === 'wrr' ? destinations.map(({ weight }) => weight) : [],
  );
  return { last: undefined, starts: true, currentWeight, maxWeight, step };
}

/** The turn after one operation has made `after` of `before`. The rules are the schedulers' own (src/lvs/schedulers). */
export function turnAfter(turn: Turn, operation: Operation, before: TableService, after: TableService): Turn {
  if (before.scheduler !== after.scheduler) return startTurn(after);
  if (!operation.do.endsWith('-destination')) return turn;
  if (after.scheduler === 'wrr') {
    const { currentWeight, maxWeight, step } = wrrChanged(
      { ...turn, position: -1 },
      after.destinations.map(({ weight }) => weight),
    );
    return { ...turn, last: undefined, currentWeight, maxWeight, step };
  }
  if (operation.do !== 'delete-destination' || turn.last !== endpointText(operation.destination)) return turn;
  const place = before.destinations.findIndex((destination) => endpointText(destination) === turn.last);
  const previous = before.destinations[place - 1];
  return { ...turn, last: previous === undefined ? undefined : endpointText(previous) };
}

/** The turn of a service whose weights may have changed since without anybody noticing; the same if they have not. */
export function settledTurn(turn: Turn, { scheduler, destinations }: TableService): Turn {
  if (scheduler !== 'wrr') return turn;
  const weights = destinations.map(({ weight }) => weight);
  const { currentWeight, maxWeight, step } = wrrChanged({ ...turn, position: -1 }, weights);
  const same = maxWeight === turn.maxWeight && step === turn.step;
  return same ? turn : { ...turn, last: undefined, currentWeight, maxWeight, step };
}

/** The position the forwarding program goes on from: the one after the last choice, 0 for the head of the list. */
export function positionOf(turn: Turn, { destinations }: TableService): number {
  return turn.last === undefined
    ? 0
    : destinations.findIndex((destination) => endpointText(destination) === turn.last) + 1;
}

/** The turn that a program's position stands for. */
export function turnAt(position: number, cursor: Omit<WrrCursor, 'position'>, { destinations }: TableService): Turn {
  const last = destinations[position - 1];
  return { ...cursor, starts: false, last: last === undefined ? undefined : endpointText(last) };
}
