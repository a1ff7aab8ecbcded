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
  /** By endpoint, weights above 0 that the operations have taken away, if there are any: the last one counts for who has 0 in the end. */
  weights?: Map<string, number>;
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
    if (operation.do === 'flush') {
      for (const { match } of transaction.services()) retire(plan, matchKey(match), match);
      transaction.apply(operation);
      continue;
    }
    const match = touched(operation);
    const key = match && matchKey(match);
    const was = key === undefined ? undefined : transaction.service(key);
    transaction.apply(operation);
    if (match === undefined || key === undefined) continue;
    const is = transaction.service(key);
    if (is === undefined) {
      retire(plan, key, match);
      continue;
    }
    let publication = plan.publish.get(key);
    if (was === undefined) {
      plan.publish.set(key, { match, turn: startTurn(is) });
      continue;
    }
    if (publication === undefined) {
      publication = { match, turn: turnNow(key, was) };
      plan.publish.set(key, publication);
    }
    noteWeight(publication, operation, was);
    publication.turn = turnAfter(publication.turn, operation, was, is);
  }
  return plan;
}

function retire({ retire: gone, publish }: Plan, key: string, match: ServiceMatch): void {
  gone.set(key, match);
  publish.delete(key);
}

/** @param before the service before the operation */
function noteWeight(publication: Publication, operation: Operation, before: TableService): void {
  if (operation.do !== 'edit-destination' && operation.do !== 'delete-destination') return;
  const { address, port } = operation.destination;
  if ('weight' in operation.destination && operation.destination.weight > 0) return;
  const was = before.destinations.find((one) => one.port === port && one.address === address);
  if (was !== undefined && was.weight > 0)
    (publication.weights ??= new Map<string, number>()).set(endpointText(was), was.weight);
}

/** Every service that a change takes out or publishes, by its key. */
export function touchedBy(plan: Plan): Map<string, ServiceMatch> {
  return new Map([...plan.retire, ...Array.from(plan.publish, ([key, { match }]) => [key, match] as const)]);
}

/** The service that an operation changes. */
function touched(operation: Exclude<Operation, { do: 'flush' }>): ServiceMatch | undefined {
  switch (operation.do) {
    case 'add-service':
    case 'edit-service':
      return operation.service.match;
    case 'delete-service':
    case 'add-destination':
    case 'edit-destination':
    case 'delete-destination':
      return operation.match;
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
      return undefined;
  }
}
