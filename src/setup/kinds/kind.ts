import type { Words } from '../../base/words.ts';
import type { Fact, Found } from '../fact.ts';
import type { Step } from '../step.ts';

/** How facts of a kind are read, made so and taken back. Everything but `read` is pure. */
export interface FactKind<F extends Fact> {
  /** Equal for two facts that cannot both hold: a set-up has one of each at most. */
  identity(fact: F): string;
  /** What it is about, for people: `address on lo`. */
  subject(fact: F): Words;
  /** What is wanted of it: `1.1.1.130/32`. */
  wanted(fact: F): Words;
  read(fact: F): Promise<Found>;
  holds(fact: F, found: Found): boolean;
  /** From `found` to the fact; `[]` where it holds. */
  apply(fact: F, found: Found): Step[];
  /** From `found` back to `before`. */
  restore(fact: F, before: Found, found: Found): Step[];
}

/** What needs no translation: a name, an address, a setting. */
export function inAnyLanguage(text: string): Words {
  return { en: text, zh: text };
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
