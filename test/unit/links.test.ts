import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { SourceFile } from '../support/source-files.ts';
import { ROOT, rootFiles, sourceFiles } from '../support/source-files.ts';

const documents = [...rootFiles(/\.md$/), ...sourceFiles(['docs', 'bench', 'bpf', 'console'], /\.md$/)];

/** Targets of the links and pictures of a document that are files of the repository; without what stands after #. */
function targets({ text }: SourceFile): string[] {
  const prose = text.replaceAll(/^(?: {4}|```[\s\S]*?```).*$/gm, '');
  return [...prose.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchor that a heading has on the usual hosts of repositories. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

test.each(documents)('$path links to what exists', (document) => {
  const broken = targets(document).filter((target) => !existsSync(join(ROOT, dirname(document.path), target)));
  expect(broken).toEqual([]);
});

test.each(documents)('$path links to headings that exist', (document) => {
  const byPath = new Map(documents.map((other) => [other.path, other.text]));
  const broken = [...document.text.matchAll(/\]\(([^)\s]*)#([^)\s]+)\)/g)].filter(([, file = '', anchor = '']) => {
    if (/^[a-z]+:/.test(file)) return false;
    const text = byPath.get(file === '' ? document.path : join(dirname(document.path), file)) ?? '';
    return ![...text.matchAll(/^#+ (.*)$/gm)].some(([, heading = '']) => anchorOf(heading) === decodeURI(anchor));
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

test('docs/decisions/README.md lists every decision once, in order', () => {
  const files = documents.map(({ path }) => path).filter((path) => /^docs\/decisions\/\d/.test(path));
  const list = documents.find(({ path }) => path === 'docs/decisions/README.md')?.text ?? '';
  const listed = [...list.matchAll(/^\| \[(\d{4})\]\(([^)]+)\)/gm)].map(([, number, file]) => ({ number, file }));
  expect(listed).toEqual(files.map((path) => ({ number: path.slice(15, 19), file: path.slice(15) })));
});
