import { expect, test } from 'vitest';
import { isGenerated, sourceFiles } from '../support/source-files.ts';

/** What must not stay in the code: what is not done is done, or stands in docs/limits.md. */
const LEFT_OVERS: Record<string, RegExp> = {
  'a note to do it later': /\b(?:TODO|FIXME|XXX|HACK)\b/,
  'an admission': /\bnot (?:yet )?implemented\b/i,
  'a silenced compiler': /@ts-(?:ignore|nocheck|expect-error)/,
  'an unchecked type': /\bas unknown as\b/,
  'a test run alone': /\b(?:test|it|describe)\.only\(/,
  'a test that is not run': /\b(?:test|it|describe)\.(?:skip|todo)\(/,
  'a silenced linter without a reason': /(?:oxlint|eslint)-disable(?!.*--)/,
};

const files = sourceFiles(
  ['src', 'test', 'bench', 'scripts', 'bpf', 'bin', 'console'],
  /\.(?:ts|tsx|mjs|[ch]|sh)$/,
).filter((file) => !isGenerated(file) && file.path !== 'test/unit/left-overs.test.ts');

test.each(Object.entries(LEFT_OVERS))('the code holds no left-over: %s', (_name, pattern) => {
  const found = files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});

test('there is code to look at', () => {
  expect(files.length).toBeGreaterThan(100);
});
