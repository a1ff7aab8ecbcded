import { isUsable, whyNone, type Candidate, type Choice, type Scheduler } from './scheduler.ts';

/** Where weighted round robin stands. `position` is the place of the destination chosen last, -1 for the head of the list. */
export interface WrrCursor {
  position: number;
  /** A destination is chosen when its weight is at least this. */
  currentWeight: number;
  /** Greatest weight - (step - 1). */
  maxWeight: number;
  /** Greatest common divisor of the weights. */
  step: number;
}

/**
 * The cursor of a service that has just got this scheduler. Real services start empty and then run `wrrChanged` for every
 * destination that is added, which is not the same as starting with all of them.
 */
export function wrrStart(weights: readonly number[]): WrrCursor {
  const { maxWeight, step } = weightRange(weights);
  return { position: -1, currentWeight: maxWeight, maxWeight, step };
}

/**
 * The cursor after a destination was added, deleted or edited (an edit counts although nothing has changed): back to the head,
 * the current weight clamped to the greatest one or rounded to the new step (ip_vs_wrr.c; recorded in wrr-*).
 * @param weights of the destinations after the change
 */
export function wrrChanged({ currentWeight: was }: WrrCursor, weights: readonly number[]): WrrCursor {
  const { maxWeight, step } = weightRange(weights);
  let currentWeight = was;
  if (was > maxWeight || was === 0) currentWeight = maxWeight;
  else if (step > 1) currentWeight = Math.floor(was / step) * step + 1;
  return { position: -1, currentWeight, maxWeight, step };
}

/** Weighted round robin: each destination as often as its weight in a cycle, the heavy ones first. */
export function startWrr<D extends Candidate>(initial: readonly D[]): Scheduler<D> {
  let cursor = wrrStart(initial.map(({ weight }) => weight));
  const changed = (list: readonly D[]) => {
    cursor = wrrChanged(
      cursor,
      list.map(({ weight }) => weight),
    );
  };
  return {
    added: changed,
    updated: changed,
    deleted: changed,
    schedule: (list) => wrrNext(list, cursor),
    remember() {
      const before = { ...cursor };
      return () => void (cursor = before);
    },
  };
}

/**
 * Moves the cursor to the next destination, whose place `cursor.position` then is; see `WrrCursor`. The walk goes through the
 * list once for each level from the greatest weight down to the step; a level takes those whose weight reaches it.
 */
export function wrrNext<D extends Candidate>(list: readonly D[], cursor: WrrCursor): Choice<D> {
  const heaviest = list.reduce((most, one) => (isUsable(one) ? Math.max(most, one.weight) : most), 0);
  if (cursor.maxWeight === 0) return { why: whyNone(list) };
  if (heaviest === 0) {
    // In the middle of the lowest level the kernel comes back to where it was, else to the start of a cycle.
    if (cursor.position === -1 || cursor.currentWeight > cursor.step) toStartOfCycle(cursor);
    return { why: whyNone(list) };
  }
  for (;;) {
    cursor.position++;
    const destination = list[cursor.position];
    if (destination === undefined) toNextLevel(cursor, heaviest);
    else if (!destination.overloaded && destination.weight >= cursor.currentWeight) return { destination };
  }
}

function toStartOfCycle(cursor: WrrCursor): void {
  cursor.position = -1;
  cursor.currentWeight = cursor.maxWeight;
}

/** The next level that the heaviest usable destination reaches. */
function toNextLevel(cursor: WrrCursor, heaviest: number): void {
  cursor.position = -1;
  cursor.currentWeight -= cursor.step;
  if (cursor.currentWeight <= 0) cursor.currentWeight = cursor.maxWeight;
  const excess = cursor.currentWeight - heaviest;
  if (excess > 0) cursor.currentWeight -= Math.ceil(excess / cursor.step) * cursor.step;
}

function weightRange(weights: readonly number[]): { maxWeight: number; step: number } {
  const step = greatestCommonDivisor(weights);
  return { step, maxWeight: weights.reduce((a, b) => Math.max(a, b), 0) - (step - 1) };
}

/** Of the weights above 0; 1 if there are none. */
export function greatestCommonDivisor(weights: readonly number[]): number {
  let divisor = 0;
  for (let weight of weights) {
    if (weight <= 0) continue;
    while (weight > 0) [divisor, weight] = [weight, divisor % weight];
  }
  return divisor || 1;
}
