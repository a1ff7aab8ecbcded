import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { faultIds } from '../../src/lab/fault.ts';
import { topologyNames } from '../../src/lab/catalogue.ts';
import { temporaryFolder } from '../support/director.ts';
import { isTest, sourceFiles } from '../support/source-files.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const DIST = join(REPOSITORY, 'dist');

/** What Node has loaded before a program begins, or loads in no time. */
const LIGHT = ['node:fs', 'node:net', 'node:path', 'node:string_decoder'];

/** Of the packages only these stay apart from the bundle: what they load they find by where they lie. */
const APART = ['koffi', 'pino'];

const read = (file: string): string => readFileSync(join(DIST, file), 'utf8');

const weirFiles = (folder = DIST): string[] =>
  readdirSync(join(folder, 'weir'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();

test('the ipvsadm programs load one file and nothing of Node that takes its time', () => {
  const required = [...read('ipvsadm.cjs').matchAll(/\brequire\("([^"]+)"\)/gu)].map(([, name]) => name);
  expect(new Set(required)).toEqual(new Set(LIGHT));
});

test('what `weir` loads is in its folder, but for Node and two packages', () => {
  const scripts = weirFiles().filter((file) => file.endsWith('.js'));
  const imported = scripts.flatMap((file) =>
    [...read(file).matchAll(/^import (?:[^"']* from )?"([^"]+)"/gmu)].map(([, name = '']) => name),
  );
  const foreign = imported.filter((name) => !/^(?:node:|\.\.?\/)/u.test(name));
  expect(new Set(foreign)).toEqual(new Set(APART));
});

test('topologies and faults are found by their names in the bundle as in the sources', () => {
  const names = (kind: string) => readdirSync(join(DIST, 'weir', kind)).map((file) => file.replace(/\.js$/u, ''));
  expect(names('topologies').sort()).toEqual(topologyNames());
  expect(names('faults').sort()).toEqual(faultIds());
});

test('where a file lies matters only to those that stay right when they are joined with others', () => {
  const asking = sourceFiles(['src'], /\.ts$/u).filter((file) => !isTest(file) && file.text.includes('import.meta.'));
  expect(asking.map(({ path }) => path)).toEqual(
    [
      // Programs of their own, which are not joined.
      'src/engine/compliance/kernel/random/course.ts',
      'src/engine/compliance/kernel/recorded/course.ts',
      'src/engine/compliance/recording.ts',
      'src/kernel/generate-abi.ts',
      // As deep in dist/ as in dist/weir/.
      'src/kernel/package.ts',
      // Their folders are in dist/weir/ as well.
      'src/lab/catalogue.ts',
      'src/lab/fault.ts',
    ].sort(),
  );
});

test('the same compiled files give the same bundles, byte for byte', async () => {
  const again = await temporaryFolder();
  execFileSync(process.execPath, ['scripts/bundle.mjs', again], { cwd: REPOSITORY });
  expect(weirFiles(again)).toEqual(weirFiles());
  for (const file of ['ipvsadm.cjs', ...weirFiles()]) {
    expect({ file, text: readFileSync(join(again, file), 'utf8') }).toEqual({ file, text: read(file) });
  }
});
