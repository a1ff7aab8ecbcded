import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/director.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const BUNDLE = join(REPOSITORY, 'dist/ipvsadm.cjs');

/** What Node has loaded before a program begins, or loads in no time. */
const LIGHT = ['node:fs', 'node:net', 'node:path', 'node:string_decoder'];

test('the ipvsadm programs load one file and nothing of Node that takes its time', () => {
  const required = [...readFileSync(BUNDLE, 'utf8').matchAll(/\brequire\("([^"]+)"\)/gu)].map(([, name]) => name);
  expect(new Set(required)).toEqual(new Set(LIGHT));
});

test('the same compiled files give the same bundle, byte for byte', async () => {
  const again = join(await temporaryFolder(), 'again.cjs');
  execFileSync(process.execPath, ['scripts/bundle.mjs', again], { cwd: REPOSITORY });
  expect(readFileSync(again).equals(readFileSync(BUNDLE))).toBe(true);
});
