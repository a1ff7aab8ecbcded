import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bed } from '../../src/engine/compliance/ebpf/bed.ts';
import { bedFolder } from '../../src/engine/compliance/ebpf/left-overs.ts';
import { TWO_SIDES } from '../../src/engine/compliance/recorded-topology.ts';
import { namespaceExists } from '../../src/kernel/namespace.ts';

/** What a process leaves that is killed while it plays packets on loaded programs, and one that lives has. */
const DIST = join(import.meta.dirname, '../../dist/engine/compliance');

const SCRIPT = `
import { Rig } from '${DIST}/ebpf/rig.js';
import { TWO_SIDES } from '${DIST}/recorded-topology.js';
const rig = await Rig.build(TWO_SIDES, 'tc');
process.once('SIGTERM', async () => { await rig.remove(); process.exit(0); });
console.log(rig.runFolder.split('/').at(-1));
setInterval(() => {}, 1000);
`;

interface Maker {
  process: ChildProcess;
  /** Of its bed. */
  name: string;
}

/** Resolves once it has built a rig. */
function startMaker(): Promise<Maker> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready`)));
    child.stdout.once('data', (chunk: Buffer) => resolve({ process: child, name: chunk.toString().trim() }));
  });
}

async function end(maker: Maker, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise((resolve) => maker.process.once('exit', resolve));
  maker.process.kill(signal);
  await gone;
}

const isThere = (name: string): boolean[] => [
  namespaceExists(name),
  namespaceExists(`${name}-wire`),
  existsSync(bedFolder(name)),
  readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${bedFolder(name)}/`),
];

let killed: Maker;
let living: Maker;

beforeAll(async () => {
  [killed, living] = await Promise.all([startMaker(), startMaker()]);
});

afterAll(async () => {
  await end(living, 'SIGTERM');
});

test('what a killed process left is removed by the next, and what belongs to a living one is not', async () => {
  await end(killed, 'SIGKILL');
  expect(isThere(killed.name)).toEqual([true, true, true, true]);

  const bed = await Bed.build(TWO_SIDES);
  await bed.remove();

  expect(isThere(killed.name)).toEqual([false, false, false, false]);
  expect(isThere(living.name)).toEqual([true, true, true, true]);
});
