import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REASON } from '../../../kernel/abi.generated.ts';
import { REASONS, type VerdictClass } from '../../../lvs/reason.ts';
import { reasonText } from './reasons.ts';

/** Chapters of the page, by the number of the class. */
const CLASSES = ['Forwarded', "Passed to the kernel's own stack, unchanged", 'Dropped'];
/** As REASONS has them, by their number. */
const VERDICT_CLASSES: readonly VerdictClass[] = ['forward', 'pass', 'drop'];

test('docs/drop-reasons.md has a section for each reason, under its class, in the order of bpf/abi/reason.h; what programs do not tell comes last', () => {
  const documented = readFileSync('docs/drop-reasons.md', 'utf8')
    .split(/^## /m)
    .slice(1)
    .flatMap((part) => {
      const [title = ''] = part.split('\n');
      return [...part.matchAll(/^### (.*)$/gm)].map(([, reason]) => [CLASSES.indexOf(title), reason]);
    });
  const defined = Object.entries(REASON)
    .filter(([name]) => name !== 'NONE' && name !== 'REASONS')
    .map(([name, number]) => [number >> 5, reasonText(name)] as const);
  const programs = new Set<string>(defined.map(([, name]) => name));
  const others = Object.entries(REASONS)
    .filter(([name]) => !programs.has(name))
    .map(([name, reason]) => [VERDICT_CLASSES.indexOf(reason.class), name] as const);
  const all = VERDICT_CLASSES.flatMap((_, number) => [...defined, ...others].filter(([one]) => one === number));
  expect(documented).toEqual(all);
});

test('every section says something', () => {
  for (const part of readFileSync('docs/drop-reasons.md', 'utf8').split(/^### /m).slice(1)) {
    expect(part.split('\n').slice(1).join('').trim().length).toBeGreaterThan(20);
  }
});
