import type { Fact, Found } from '../fact.ts';
import type { Step } from '../step.ts';

/** How facts of a kind are read, made so and taken back. Everything but `read` is pure. */
export interface FactKind<F extends Fact> {
  /** Equal for two facts that cannot both hold: a set-up has one of each at most. */
  identity(fact: F): string;
  /** What is wanted, for people: `1.1.1.130/32 on lo`. */
  subject(fact: F): string;
  wanted(fact: F): string;
  read(fact: F): Promise<Found>;
  holds(fact: F, found: Found): boolean;
  /** From `found` to the fact; `[]` where it holds. */
  apply(fact: F, found: Found): Step[];
  /** From `found` back to `before`. */
  restore(fact: F, before: Found, found: Found): Step[];
}

/** The steps that make one list of lines of another. */
export function fromLinesTo(
  found: Found,
  wanted: Found,
  steps: { add(line: string): Step; remove(line: string): Step },
): Step[] {
  return [
    ...found.filter((line) => !wanted.includes(line)).map((line) => steps.remove(line)),
    ...wanted.filter((line) => !found.includes(line)).map((line) => steps.add(line)),
  ];
}
