import { expect, test } from 'vitest';
import { WeirError } from '../base/error.ts';
import type { Operation } from '../lvs/operation.ts';
import { webService } from '../../test/support/director.ts';
import { withRule } from './refused-rule.ts';

const operations = Array.from({ length: 1000 }, (_, index): Operation => {
  const match = { protocol: 'tcp', address: '10.0.0.1', port: index + 1 } as const;
  return { do: 'add-service', service: { ...webService(), match } };
});
const refusal = new WeirError('ENGINE_FULL', 'there is no room', { errno: 'ENOMEM' });

test.each([0, 1, 499, 500, 998, 999])('the rule %i of a thousand is named, after few questions', async (bad) => {
  let questions = 0;
  const error = await withRule(refusal, operations, async ({ length }) => {
    questions += 1;
    if (length > bad) throw refusal;
  });
  expect(error).toMatchObject({ code: 'ENGINE_FULL', errno: 'ENOMEM', where: `-A -t 10.0.0.1:${bad + 1} -s rr` });
  expect(questions).toBeLessThanOrEqual(10);
});

test('what fails only when it is written is blamed on no rule', async () => {
  const error = new WeirError('KERNEL_CALL_FAILED', 'the kernel refused');
  expect(await withRule(error, operations, async () => undefined)).toBe(error);
});

test('what says where already, or is no refusal of a rule, stays as it is', async () => {
  const never = async (): Promise<never> => {
    throw new Error('nobody is to be asked');
  };
  for (const error of [
    new WeirError('ENGINE_UNSUPPORTED', 'not yet', { where: 'tcp 10.1.1.21:80' }),
    new WeirError('VERSION_CONFLICT', 'the table has changed'),
    new Error('a defect'),
  ]) {
    expect(await withRule(error, operations, never)).toBe(error);
  }
});
