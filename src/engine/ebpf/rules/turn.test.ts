import { expect, test } from 'vitest';
import type { Operation } from '../../../lvs/operation.ts';
import { DIRECT_TUNNEL, type Destination, type ServiceMatch } from '../../../lvs/service.ts';
import type { TableService } from '../../../lvs/table.ts';
import { type Turn, positionOf, settledTurn, startTurn, turnAfter, turnAt } from './turn.ts';

const match: ServiceMatch = { protocol: 'tcp', address: '10.1.1.21', port: 80 };

/** Destinations in walk order, as `A:weight`. */
function service(scheduler: string, ...destinations: [string, number][]): TableService {
  return {
    match,
    scheduler,
    schedulerFlags: 0,
    onePacket: false,
    destinations: destinations.map(([address, weight]) => destination(address, weight)),
  };
}

function destination(address: string, weight = 1): Destination {
  return {
    address,
    port: 80,
    method: 'masquerade',
    weight,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnel: DIRECT_TUNNEL,
  };
}

const remove = (address: string): Operation => ({
  do: 'delete-destination',
  match,
  destination: { address, port: 80 },
});
const turn = (last: string | undefined, currentWeight = 0): Turn => ({
  last,
  starts: false,
  currentWeight,
  maxWeight: 0,
  step: 1,
});

test('rr goes back to the predecessor when the destination chosen last is deleted', () => {
  const before = service('rr', ['c', 1], ['b', 1], ['a', 1]);
  const after = service('rr', ['c', 1], ['a', 1]);
  expect(turnAfter(turn('b:80'), remove('b'), before, after).last).toBe('c:80');
  expect(turnAfter(turn('a:80'), remove('b'), before, after).last).toBe('a:80');
});

test('rr goes back to the head when the first of the list is deleted', () => {
  const before = service('rr', ['b', 1], ['a', 1]);
  expect(turnAfter(turn('b:80'), remove('b'), before, service('rr', ['a', 1])).last).toBeUndefined();
});

test('rr stays with its destination when another is put before it', () => {
  const after = service('rr', ['c', 1], ['b', 1], ['a', 1]);
  const next = turnAfter(
    turn('b:80'),
    { do: 'add-destination', match, destination: destination('c') },
    service('rr', ['b', 1], ['a', 1]),
    after,
  );
  expect(positionOf(next, after)).toBe(2);
});

test('wrr begins again at the head with every change, its weight clamped (recorded: wrr-weight-edits)', () => {
  const before = service('wrr', ['b', 4], ['a', 2]);
  const after = service('wrr', ['b', 1], ['a', 2]);
  const next = turnAfter(
    turn('b:80', 3),
    { do: 'edit-destination', match, destination: destination('b', 1) },
    before,
    after,
  );
  expect(next).toEqual({ last: undefined, starts: false, currentWeight: 2, maxWeight: 2, step: 1 });
});

test('another scheduler starts anew', () => {
  const before = service('rr', ['b', 4], ['a', 2]);
  const after = service('wrr', ['b', 4], ['a', 2]);
  const edit: Operation = {
    do: 'edit-service',
    service: { match, scheduler: 'wrr', schedulerFlags: 0, onePacket: false },
  };
  expect(turnAfter(turn('b:80'), edit, before, after)).toEqual(startTurn(after));
  expect(startTurn(after)).toEqual({ last: undefined, starts: true, currentWeight: 3, maxWeight: 3, step: 2 });
});

test('a turn whose weights have changed behind its back begins again at the head', () => {
  const known = { ...turn('b:80', 3), maxWeight: 3, step: 2 };
  expect(settledTurn(known, service('wrr', ['b', 4], ['a', 2]))).toBe(known);
  const settled = settledTurn(known, service('wrr', ['b', 1], ['a', 2]));
  expect(settled).toEqual({ last: undefined, starts: false, currentWeight: 2, maxWeight: 2, step: 1 });
});

test('a position is the one after the last choice, and back', () => {
  const list = service('rr', ['c', 1], ['b', 1], ['a', 1]);
  for (const position of [0, 1, 2, 3]) expect(positionOf(turnAt(position, turn(undefined), list), list)).toBe(position);
});
