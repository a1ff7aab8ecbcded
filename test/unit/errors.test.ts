import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/base/error.ts';
import { isTest, ROOT, sourceFiles } from '../support/source-files.ts';

const SECTION = /^### ([A-Z_]+)\n\n([^#]*)/gm;
const sections = [...readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').matchAll(SECTION)];

test('docs/errors.md has a section for each error code, in the order of the list, and no other', () => {
  expect(sections.map(([, code]) => code)).toEqual([...ERROR_CODES]);
});

test.each(sections.map(([, code, text]) => ({ code, text })))('$code: meaning, occasion and remedy', ({ text }) => {
  expect([...(text ?? '').matchAll(/^- \*\*(\w+)\*\*: \S/gm)].map(([, label]) => label)).toEqual([
    'Means',
    'When',
    'Do',
  ]);
});

test('each code is one that something can answer with', () => {
  const sources = sourceFiles(['src'], /\.ts$/).filter((file) => !isTest(file) && file.path !== 'src/base/error.ts');
  expect(ERROR_CODES.filter((code) => !sources.some(({ text }) => text.includes(`'${code}'`)))).toEqual([]);
});
