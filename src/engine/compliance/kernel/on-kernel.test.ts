import { chmodSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/support/director.ts';
import { onKernel } from './on-kernel.ts';

/** A virtual machine that is this one, and a program for it. */
async function insideOf(program: string): Promise<{ vm: string; script: URL }> {
  const folder = await temporaryFolder();
  const vm = join(folder, 'vm');
  writeFileSync(vm, '#!/bin/sh\necho booting\nexec "$@"\n');
  chmodSync(vm, 0o755);
  const script = join(folder, 'inside.mjs');
  writeFileSync(script, `import { readFileSync } from 'node:fs';\n${program}\n`);
  return { vm, script: pathToFileURL(script) };
}

const DOUBLES = `const [, , word, file] = process.argv;
for (const number of JSON.parse(readFileSync(file, 'utf8'))) console.log(JSON.stringify({ [word]: 2 * number }));`;

test('each piece of work is told of as its result comes', async () => {
  const told: unknown[] = [];
  const { vm, script } = await insideOf(DOUBLES);
  const inside = { vm: relative(process.cwd(), vm), script, words: ['twice'] };
  expect(await onKernel(inside, [1, 2, 3], (result) => told.push(result))).toEqual([
    { twice: 2 },
    { twice: 4 },
    { twice: 6 },
  ]);
  expect(told).toEqual([{ twice: 2 }, { twice: 4 }, { twice: 6 }]);
});

test('a program that ends before all is done is no success, and what else it has said is told', async () => {
  const inside = await insideOf(`console.log('{"done":1}'); console.log('out of memory'); process.exit(0);`);
  await expect(onKernel(inside, [1, 2])).rejects.toMatchObject({
    code: 'LAB_FAILED',
    message: 'of 2 pieces of work 1 were done',
    found: 'exit code 0: booting\nout of memory',
  });
});

test('a virtual machine that cannot be started is an error', async () => {
  const { script } = await insideOf(DOUBLES);
  await expect(onKernel({ vm: '/nowhere/vm', script }, [1])).rejects.toThrow('ENOENT');
});
