import { WeirError } from '../base/error.ts';
import { formatOperation } from '../ipvsadm/rules.ts';
import type { Operation } from '../lvs/operation.ts';

/**
 * A refusal of a whole transaction, with the rule that it is about where the engine has not said where: it has to be found
 * again among thousands of rules. Needs few questions, because the operations are applied in order and the first one that is
 * refused refuses the rest. What fails only when it is written is about none of them in particular.
 * @param error what the engine threw for all operations together; anything but a WeirError is given back as it is
 * @param check rejects when the engine would refuse these operations
 */
export async function withRule(
  error: unknown,
  operations: readonly Operation[],
  check: (operations: readonly Operation[]) => Promise<unknown>,
): Promise<unknown> {
  if (!(error instanceof WeirError) || error.where !== undefined || error.code === 'VERSION_CONFLICT') return error;
  let accepted = 0;
  // One further than there are: that is where it ends if none is.
  let refused = operations.length + 1;
  while (refused - accepted > 1) {
    const middle = (accepted + refused) >> 1;
    if (await isAccepted(operations.slice(0, middle), check)) accepted = middle;
    else refused = middle;
  }
  const operation = operations[refused - 1];
  if (operation === undefined) return error;
  const { code, message, ...details } = error.toJSON();
  return new WeirError(code, message, { ...details, where: formatOperation(operation), cause: error });
}

async function isAccepted(
  operations: readonly Operation[],
  check: (operations: readonly Operation[]) => Promise<unknown>,
): Promise<boolean> {
  try {
    await check(operations);
    return true;
  } catch (error) {
    if (error instanceof WeirError) return false;
    throw error;
  }
}
