import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { judge, type Case } from './case.ts';
import { modelCases } from './cases.ts';
import { DIFFERENCES } from './differences.ts';
import { goldenFolder } from './recording.ts';

/** Further recordings of the same kernel, of rarer packets, made with the same recorder and kept with the code. */
const FURTHER = join(import.meta.dirname, '../../../test/fixtures/kernel');

const CASES: (readonly [name: string, Case])[] = [
  ...modelCases(goldenFolder()).map((one) => [one.name, one] as const),
  ...modelCases(FURTHER).map((one) => [`further/${one.name}`, one] as const),
];

describe('the model does what the recorded kernel did', () => {
  test.each(CASES)('%s', async (_name, one) => {
    const outcome = await judge(one);
    expect(outcome.kind === 'failed' ? outcome.differences.join('\n') : '').toBe('');
    expect(outcome.kind).not.toBe('unsupported');
  });

  test('every difference that is listed belongs to a recording', () => {
    const names = new Set(CASES.map(([name]) => name));
    expect(Object.keys(DIFFERENCES).filter((name) => !names.has(name))).toEqual([]);
  });
});
