import { describe, expect, test } from 'vitest';
import type { SourceFile } from '../support/source-files.ts';
import { isGenerated, isTest, lineCount, sourceFiles } from '../support/source-files.ts';

/** A file is one concept and can be read in one sitting: half of them within 150 lines, nine in ten within 450, none beyond 700. */
const MEDIAN = 150;
const LONG = 450;
const SHARE_OF_LONG = 0.1;
const LIMIT = 700;

const written = (paths: string[], names: RegExp): SourceFile[] =>
  sourceFiles(paths, names).filter((file) => !isGenerated(file));

describe.each([
  ['the TypeScript of src/', written(['src'], /\.ts$/).filter((file) => !isTest(file))],
  ['the C of bpf/', written(['bpf'], /\.[ch]$/)],
  ['the tests', written(['src', 'test'], /\.ts$/).filter((file) => isTest(file) || file.path.startsWith('test/'))],
])('%s', (_name, files) => {
  const bySize = files
    .map((file) => ({ path: file.path, lines: lineCount(file) }))
    .toSorted((one, other) => other.lines - one.lines);
  const named = (sizes: typeof bySize) => sizes.map(({ path, lines }) => `${lines} ${path}`);

  test(`the median file has at most ${MEDIAN} lines`, () => {
    expect(bySize.length).toBeGreaterThan(0);
    expect(bySize[Math.floor(bySize.length / 2)]?.lines).toBeLessThanOrEqual(MEDIAN);
  });

  test(`nine in ten files have at most ${LONG} lines`, () => {
    const long = bySize.filter(({ lines }) => lines > LONG);
    const allowed = Math.floor(bySize.length * SHARE_OF_LONG);
    expect(long.length, `longer than ${LONG} lines:\n${named(long).join('\n')}`).toBeLessThanOrEqual(allowed);
  });

  test(`no file has more than ${LIMIT} lines`, () => {
    expect(named(bySize.filter(({ lines }) => lines > LIMIT))).toEqual([]);
  });
});
