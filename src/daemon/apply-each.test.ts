import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CONTEXT, operations as anyOperations, reach } from '../../test/support/arbitrary-table.ts';
import { WeirError } from '../base/error.ts';
import { formatRules } from '../ipvsadm/rules.ts';
import type { Operation } from '../lvs/operation.ts';
import { applyOperation, applyOperations, emptyTable } from '../lvs/table.ts';
import { applyEach } from './apply-each.ts';

test('gives the table and the refusals that one transaction for each would give', async () => {
  await fc.assert(
    fc.asyncProperty(anyOperations, async (operations) => {
      let table = emptyTable();
      const outcomes = await applyEach(operations, async (some) => {
        table = applyOperations(table, some, CONTEXT);
      });
      expect(formatRules(table)).toBe(formatRules(reach(emptyTable(), operations)));
      expect(outcomes.map((error) => error?.code)).toEqual(refusals(operations));
    }),
    { numRuns: 1000 },
  );
});

test('needs one commit when nothing is refused, and few when one thing is', async () => {
  const operations = Array.from({ length: 1024 }, (): Operation => ({ do: 'flush' }));
  const bad = operations[700]!;
  let commits = 0;
  const commit = (refuse: boolean) => async (some: readonly Operation[]) => {
    commits += 1;
    if (refuse && some.includes(bad)) throw new WeirError('SERVICE_UNKNOWN', 'no');
  };
  operations[700] = bad;
  await applyEach(operations, commit(false));
  expect(commits).toBe(1);

  commits = 0;
  const outcomes = await applyEach(operations, commit(true));
  expect(outcomes.findIndex((error) => error !== undefined)).toBe(700);
  expect(commits).toBeLessThanOrEqual(2 * Math.log2(1024) + 1);
});

test('does not take a defect for a refusal', async () => {
  const failing = applyEach([{ do: 'flush' }, { do: 'flush' }], () => Promise.reject(new TypeError('oops')));
  await expect(failing).rejects.toThrow('oops');
});

/** The code of each operation's refusal when they are applied one after another. */
function refusals(operations: readonly Operation[]): (string | undefined)[] {
  let table = emptyTable();
  return operations.map((operation) => {
    try {
      table = applyOperation(table, operation, CONTEXT);
      return undefined;
    } catch (error) {
      return error instanceof WeirError ? error.code : 'defect';
    }
  });
}
