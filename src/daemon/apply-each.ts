import { WeirError } from '../base/error.ts';
import type { Operation } from '../lvs/operation.ts';

/**
 * Applies operations as if each were a transaction by itself: one that is refused does not stop those after it. Needs few
 * commits all the same: a run of operations that are all accepted is one commit, a run that is refused is halved.
 * That is equal because a transaction applies its operations in order, and refuses exactly when one of them is refused.
 *
 * @param commit applies all operations or, with a WeirError, none
 * @returns for each operation, in order, why it was refused, or undefined
 * @throws whatever `commit` throws that is no WeirError
 */
export async function applyEach(
  operations: readonly Operation[],
  commit: (operations: readonly Operation[]) => Promise<unknown>,
): Promise<(WeirError | undefined)[]> {
  if (operations.length === 0) return [];
  try {
    await commit(operations);
    return operations.map(() => undefined);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    if (operations.length === 1) return [error];
  }
  const middle = operations.length >> 1;
  const first = await applyEach(operations.slice(0, middle), commit);
  return [...first, ...(await applyEach(operations.slice(middle), commit))];
}
