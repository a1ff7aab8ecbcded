import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Case, FOLDERS, type Outcome, judge } from '../../src/engine/compliance/case.ts';
import { ebpfCases } from '../../src/engine/compliance/cases.ts';
import { DIFFERENCES } from '../../src/engine/compliance/ebpf/differences.ts';
import { RigPool } from '../../src/engine/compliance/ebpf/rig.ts';
import { goldenFolder } from '../../src/engine/compliance/recording.ts';

/**
 * The loaded programs against what the kernel's IPVS was recorded to do: every recording that lies in what the engine supports, on
 * TC and on XDP, frames over real cables. WEIR_GOLDEN names the folder of the recordings.
 */
const REFUSAL = /^the eBPF engine does not have .+ yet$|^its packets depend on the TCP stacks/;
const rigs = new RigPool();
afterAll(() => rigs.close());
/** Further recordings of the same kernel, of rarer packets. */
const FURTHER = join(import.meta.dirname, '../fixtures/kernel');
const CASES = [goldenFolder(), FURTHER].flatMap((folder) => ebpfCases(folder, ['tc', 'xdp'], rigs));
const refusals = new Map<Case, string>();
for (const each of CASES) {
  const reason = await each.unsupported();
  if (reason !== undefined) refusals.set(each, reason);
}
const supported = CASES.filter((each) => !refusals.has(each));

describe('the eBPF engine does what the recorded kernel did', () => {
  const outcomes = new Map<string, Outcome['kind']>();

  test.each(supported.map((each) => [each.name, each] as const))('%s', async (name, each) => {
    const outcome = await judge(each);
    outcomes.set(name, outcome.kind);
    expect(outcome.kind === 'failed' ? outcome.differences.join('\n') : '').toBe('');
  });

  test.each(FOLDERS)('in %s most of what it supports it does exactly so', (folder) => {
    const kinds = supported.filter((each) => each.folder === folder).map(({ name }) => outcomes.get(name));
    const passed = kinds.filter((kind) => kind === 'passed').length;
    expect(passed).toBeGreaterThan(kinds.length / 2);
  });
});

describe('the lists of what it does not do are exact', () => {
  test('every known difference belongs to a recording that it supports', () => {
    const played = new Set(supported.map(({ name }) => name.replace(/ on \w+$/, '')));
    expect(Object.keys(DIFFERENCES).filter((name) => !played.has(name))).toEqual([]);
  });

  test('what is not played wants something that the engine does not have', () => {
    expect([...refusals.values()].filter((reason) => !REFUSAL.test(reason))).toEqual([]);
  });

  test.each(FOLDERS)('something of %s is played', (folder) => {
    expect(supported.filter((each) => each.folder === folder).length).toBeGreaterThan(0);
  });
});
