import type { Operation } from '../../../lvs/operation.ts';
import { type ServiceMatch, endpointText, matchKey } from '../../../lvs/service.ts';
import type { TableService, Transaction } from '../../../lvs/table.ts';
import { type Turn, startTurn, turnAfter } from './turn.ts';

/** What a row of operations comes down to, by service. */
export interface Plan {
  /** Services that were deleted, or added anew: what the maps hold of them goes first. */
  retire: Map<string, ServiceMatch>;
  /** Services to publish. */
  publish: Map<string, Publication>;
}

export interface Publication {
  match: ServiceMatch;
  /** Where its round robin stands then. */
  turn: Turn;
  /** By endpoint, weights above 0 that the operations have taken away: the last one counts for who has 0 in the end. */
  weights: Map<string, number>;
}

/**
 * Applies the operations one by one and notes what they come down to: the round robin's place depends on every step, not only on
 * the outcome.
 * @param turnNow where a service's round robin stands before the first of them
 * @throws WeirError the first operation that is refused
 */
export function planOperations(
  transaction: Transaction,
  operations: readonly Operation[],
  turnNow: (key: string, service: TableService) => Turn,
): Plan {
  const plan: Plan = { retire: new Map(), publish: new Map() };
  for (const operation of operations) {
    const before = touched(operation, transaction).map((match) => {
      const key = matchKey(match);
      return { match, key, was: transaction.service(key) };
    });
    transaction.apply(operation);
    for (const { match, key, was } of before) {
      const is = transaction.service(key);
      if (was !== undefined && is !== undefined) {
        let publication = plan.publish.get(key);
        if (publication === undefined) {
          publication = { match, turn: turnNow(key, was), weights: new Map() };
          plan.publish.set(key, publication);
        }
        noteWeight(publication.weights, operation, was);
        publication.turn = turnAfter(publication.turn, operation, was, is);
        continue;
      }
      if (was !== undefined) plan.retire.set(key, match);
      if (is === undefined) plan.publish.delete(key);
      else plan.publish.set(key, { match, turn: startTurn(is), weights: new Map() });
    }
  }
  return plan;
}

/** @param before the service before the operation */
function noteWeight(weights: Map<string, number>, operation: Operation, before: TableService): void {
  if (operation.do !== 'edit-destination' && operation.do !== 'delete-destination') return;
  const { address, port } = operation.destination;
  if ('weight' in operation.destination && operation.destination.weight > 0) return;
  const was = before.destinations.find((one) => one.port === port && one.address === address);
  if (was !== undefined && was.weight > 0) weights.set(endpointText(was), was.weight);
}

/** Services an operation changes, by their matches. */
function touched(operation: Operation, transaction: Transaction): ServiceMatch[] {
  switch (operation.do) {
    case 'add-service':
    case 'edit-service':
      return [operation.service.match];
    case 'delete-service':
    case 'add-destination':
    case 'edit-destination':
    case 'delete-destination':
      return [operation.match];
    case 'flush':
      return transaction.services().map(({ match }) => match);
    case 'set-timeouts':
    case 'start-daemon':
    case 'stop-daemon':
    case 'add-mark':
    case 'delete-mark':
    case 'set-settings':
    case 'set-source':
    case 'delete-source':
    case 'set-vip':
    case 'delete-vip':
      return [];
  }
}
