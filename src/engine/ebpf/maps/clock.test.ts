import { expect, test } from 'vitest';
import { DEFAULT_TIMEOUTS } from '../../../lvs/operation.ts';
import { STATE } from '../../../kernel/abi.generated.ts';
import { secondsToTicks, ticksIdle, ticksToSeconds } from './clock.ts';
import { stateTimeouts, timeoutsOf } from '../rules/timeouts.ts';
import { common, driftOf } from '../programs/sweeper.ts';
import { reasonText } from '../show/reasons.ts';

test('seconds survive the way to ticks and back, up to the longest timeout', () => {
  for (const seconds of [0, 1, 2, 10, 59, 60, 120, 300, 900, 2_678_400])
    expect(ticksToSeconds(secondsToTicks(seconds))).toBe(seconds);
});

test('ticks wrap', () => {
  expect(ticksIdle(0xffff_fff0, 0x10)).toBe(0x20);
  expect(ticksIdle(1000, 1000 + secondsToTicks(2_678_400))).toBe(secondsToTicks(2_678_400));
});

test('a packet that was seen a little after now has just been seen', () => {
  expect(ticksIdle(0x10, 0xffff_fff0)).toBe(0);
});

test('--set reaches ESTABLISHED, FIN_WAIT and UDP, and nothing else', () => {
  const usual = stateTimeouts(DEFAULT_TIMEOUTS);
  const set = stateTimeouts({ tcp: 10, tcpFin: 20, udp: 30 });
  const changed = Object.entries(STATE)
    .filter(([, state]) => usual[state] !== set[state])
    .map(([name]) => name);
  expect(changed).toEqual(['ESTABLISHED', 'FIN_WAIT', 'UDP']);
  expect(timeoutsOf({ timeouts: set })).toEqual({ tcp: 10, tcpFin: 20, udp: 30 });
});

test('a recount between what the counter showed before and after it is no drift', () => {
  expect([driftOf(70, 50, 100), driftOf(70, 100, 50), driftOf(40, 50, 100), driftOf(104, 50, 100)]).toEqual([
    0, 0, -10, 4,
  ]);
  expect(driftOf(0, 0xffff_fffe, 0xffff_fffe)).toBe(2);
});

test('only a drift that two rounds agree on is mended', () => {
  expect([common(3, 2), common(-3, -5), common(3, -1), common(0, 4)]).toEqual([2, -3, 0, 0]);
});

test('reasons are named in lower case with dashes', () => {
  expect(reasonText('NO_SERVICE')).toBe('no-service');
});
