import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REASONS, type VerdictClass } from './reason.ts';

const CLASSES: readonly VerdictClass[] = ['forward', 'pass', 'drop'];

/** Names and numbers of `enum weir_reason`. */
function reasonsOfC(): { name: string; number: number }[] {
  const header = readFileSync(new URL('../../bpf/abi/reason.h', import.meta.url), 'utf8');
  return Array.from(header.matchAll(/WEIR_REASON_(\w+) = (\d+)/g), ([, name, number]) => ({
    name: name!.toLowerCase().replaceAll('_', '-'),
    number: Number(number),
  })).filter(({ name }) => name !== 'none');
}

describe('the reasons of TypeScript and C', () => {
  it('have the same names, and the class that the number in C stands for', () => {
    const inC = reasonsOfC();
    expect(inC.length).toBeGreaterThan(20);
    const known = new Map<string, VerdictClass>(Object.entries(REASONS).map(([name, entry]) => [name, entry.class]));
    expect(inC.map(({ name }) => [name, known.get(name)])).toEqual(
      inC.map(({ name, number }) => [name, CLASSES[number >> 5]]),
    );
  });

  it('are explained in one sentence each', () => {
    const odd = Object.entries(REASONS).filter(([, { text }]) => !/^[A-Z][^.]*\.$/.test(text));
    expect(odd).toEqual([]);
  });
});
