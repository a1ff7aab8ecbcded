import { describe, expect, test } from 'vitest';
import { Agenda, SECOND } from './agenda.ts';
import { Neighbours } from './neighbours.ts';

const [A, B] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b'];
const PACKET = { bytes: Uint8Array.of(1) };

/** A table whose doings are written down. */
function table() {
  const agenda = new Agenda();
  const log: string[] = [];
  const at = (): string => `${agenda.now / SECOND} s`;
  const neighbours = new Neighbours(agenda, {
    ask: (_nic, address, mac) => log.push(`${at()} ask ${mac ?? 'everybody'} for ${address}`),
    send: (_nic, mac) => log.push(`${at()} send to ${mac}`),
    fail: (_nic, packets) => log.push(`${at()} fail ${packets.length}`),
    changed: () => {},
  });
  return { agenda, log, neighbours, state: () => neighbours.get('eth0', 'x')?.state };
}

test('an unknown neighbour is asked for three times, a second apart, and then given up', () => {
  const { agenda, log, neighbours, state } = table();
  neighbours.resolve('eth0', 'x', PACKET);
  neighbours.resolve('eth0', 'x', PACKET);
  agenda.runUntil(10 * SECOND);

  expect(log).toEqual(['0 s ask everybody for x', '1 s ask everybody for x', '2 s ask everybody for x', '3 s fail 2']);
  expect(state()).toBe('FAILED');
});

test('an answer lets everything go that waited', () => {
  const { log, neighbours, state } = table();
  neighbours.resolve('eth0', 'x', PACKET);
  neighbours.heardAnswer('eth0', 'x', A, { solicited: true, gratuitous: false });

  expect(log.slice(1)).toEqual([`0 s send to ${A}`]);
  expect(state()).toBe('REACHABLE');
});

test('an entry that is not confirmed is asked in person after 30 + 5 seconds of use, then given up', () => {
  const { agenda, log, neighbours, state } = table();
  neighbours.resolve('eth0', 'x', PACKET);
  neighbours.heardAnswer('eth0', 'x', A, { solicited: true, gratuitous: false });
  agenda.runUntil(31 * SECOND);
  expect(state()).toBe('STALE');
  neighbours.resolve('eth0', 'x', PACKET);
  expect(state()).toBe('DELAY');
  agenda.runUntil(60 * SECOND);

  expect(log.slice(2)).toEqual([
    `31 s send to ${A}`,
    `36 s ask ${A} for x`,
    `37 s ask ${A} for x`,
    `38 s ask ${A} for x`,
    '39 s fail 0',
  ]);
});

test('a connection that makes progress confirms a neighbour without a question', () => {
  const { agenda, log, neighbours, state } = table();
  neighbours.heardQuestion('eth0', 'x', A);
  neighbours.resolve('eth0', 'x', PACKET);
  agenda.runUntil(2 * SECOND);
  neighbours.confirm('eth0', 'x');
  agenda.runUntil(10 * SECOND);

  expect(state()).toBe('REACHABLE');
  expect(log).toEqual([`0 s send to ${A}`]);
});

describe('another address for the same neighbour', () => {
  test('within a second of the first answer is not believed: who is heard first has it', () => {
    const { neighbours } = table();
    neighbours.resolve('eth0', 'x', PACKET);
    neighbours.heardAnswer('eth0', 'x', A, { solicited: true, gratuitous: false });
    neighbours.heardAnswer('eth0', 'x', B, { solicited: true, gratuitous: false });
    expect(neighbours.get('eth0', 'x')?.mac).toBe(A);
  });

  test('is believed after a second, or at once if it is announced to all or asks itself', () => {
    const { agenda, neighbours } = table();
    neighbours.heardQuestion('eth0', 'x', A);
    agenda.runUntil(1.5 * SECOND);
    neighbours.heardAnswer('eth0', 'x', B, { solicited: true, gratuitous: false });
    expect(neighbours.get('eth0', 'x')?.mac).toBe(B);
    neighbours.heardAnswer('eth0', 'x', A, { solicited: false, gratuitous: true });
    expect(neighbours.get('eth0', 'x')?.mac).toBe(A);
    neighbours.heardQuestion('eth0', 'x', B);
    expect(neighbours.get('eth0', 'x')?.mac).toBe(B);
  });

  test('is never believed where it was bound by hand', () => {
    const { neighbours } = table();
    neighbours.bind('eth0', 'x', A);
    neighbours.heardQuestion('eth0', 'x', B);
    neighbours.heardAnswer('eth0', 'x', B, { solicited: true, gratuitous: true });
    expect(neighbours.get('eth0', 'x')).toMatchObject({ mac: A, state: 'PERMANENT' });
  });
});

test('an answer about somebody who was never asked for is not written down', () => {
  const { neighbours } = table();
  neighbours.heardAnswer('eth0', 'x', A, { solicited: true, gratuitous: true });
  expect(neighbours.list()).toEqual([]);
});
