import { isUsable, whyNone, type Candidate, type Choice } from './scheduler.ts';

/**
 * What a destination has to do, as the least-connection schedulers see it: an active connection costs 256 times an inactive one
 * (ip_vs_dest_conn_overhead).
 */
export function overhead({ active, inactive }: Candidate): number {
  return active * 256 + inactive;
}

/**
 * The candidate with the least cost per weight; the one met first wins a tie. Exact for weights to 2^31 and any count.
 * @param cost of a candidate, a whole number
 */
export function leastPerWeight<D extends Candidate>(list: Iterable<D>, cost: (one: D) => number): D | undefined {
  let least: D | undefined;
  let leastCost = 0;
  for (const one of list) {
    if (!isUsable(one)) continue;
    const itsCost = cost(one);
    if (least !== undefined && compareProducts(leastCost, one.weight, itsCost, least.weight) <= 0) continue;
    least = one;
    leastCost = itsCost;
  }
  return least;
}

/** The sign of a * b - c * d for whole numbers, without rounding. */
export function compareProducts(a: number, b: number, c: number, d: number): number {
  const left = a * b;
  const right = c * d;
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) return Math.sign(left - right);
  const difference = BigInt(a) * BigInt(b) - BigInt(c) * BigInt(d);
  return difference > 0n ? 1 : Number(difference !== 0n) * -1;
}

/** A destination as a choice; if there is none, why none of the list would do. */
export function choiceOf<D extends Candidate>(destination: D | undefined, list: readonly D[]): Choice<D> {
  return destination === undefined ? { why: whyNone(list) } : { destination };
}
