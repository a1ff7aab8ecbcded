import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REASON } from '../../../kernel/abi.generated.ts';
import { reasonText } from './reasons.ts';

const CLASSES = ['Forwarded', "Passed to the kernel's own stack, unchanged", 'Dropped'];

test('docs/drop-reasons.md has a section for each reason, under its class, in the order of bpf/abi/reason.h', () => {
  const documented = readFileSync('docs/drop-reasons.md', 'utf8')
    .split(/^## /m)
    .slice(1)
    .flatMap((part) => {
      const [title = ''] = part.split('\n');
      return [...part.matchAll(/^### (.*)$/gm)].map(([, reason]) => [CLASSES.indexOf(title), reason]);
    });
  const defined = Object.entries(REASON)
    .filter(([name]) => name !== 'NONE' && name !== 'REASONS')
    .map(([name, number]) => [number >> 5, reasonText(name)]);
  expect(documented).toEqual(defined);
});

test('every section says something', () => {
  for (const part of readFileSync('docs/drop-reasons.md', 'utf8').split(/^### /m).slice(1)) {
    expect(part.split('\n').slice(1).join('').trim().length).toBeGreaterThan(20);
  }
});
