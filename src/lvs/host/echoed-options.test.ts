import { expect, it } from 'vitest';
import { packet } from '../../net/packet.ts';
import { ownPacket } from '../packet.ts';
import { echoedOptions } from './echoed-options.ts';
import { heedOptions } from './options.ts';

/** A quarter past midnight. */
const NOW = Date.UTC(2026, 0, 2, 0, 15);
const TIME = [0, 0x0d, 0xbb, 0xa0];
const HERE = [10, 9, 9, 9];
const OTHER = [10, 2, 0, 80];
const zeros = (length: number): number[] => Array.from({ length }, () => 0);

/** What an error from 10.9.9.9 gives back of a packet to there with these options. */
function echoed(...options: number[]): number[] | undefined {
  const padded = Uint8Array.from([...options, ...zeros(-options.length & 3)]);
  const ip = { source: '10.1.0.10', destination: '10.9.9.9', options: padded };
  const received = ownPacket(packet({ ip, udp: { source: 5, destination: 53 } }));
  heedOptions(received, { address: '10.9.9.9', now: NOW, isOthers: (address) => address === OTHER.join('.') });
  const echo = echoedOptions(received, '10.9.9.9');
  return echo && [...echo];
}

it.each([
  [
    'a route has the host twice, as it has received the packet and sends the error',
    [7, 11, 4, ...zeros(8)],
    [7, 11, 12, ...HERE, ...HERE, 0],
  ],
  ['a route with room for one has it once', [7, 7, 4, ...zeros(4)], [7, 7, 8, ...HERE, 0]],
  ['times are taken twice', [68, 12, 5, 0, ...zeros(8)], [68, 12, 13, 0, ...TIME, ...TIME]],
  ['beside addresses, too', [68, 20, 5, 1, ...zeros(16)], [68, 20, 21, 1, ...HERE, ...TIME, ...HERE, ...TIME]],
  [
    'the time that another is asked for is left to it',
    [68, 20, 5, 3, ...HERE, ...zeros(4), ...OTHER, ...zeros(4)],
    [68, 20, 13, 3, ...HERE, ...TIME, ...OTHER, ...zeros(4)],
  ],
  ['an overflow is counted once', [68, 8, 9, 0x10, ...TIME], [68, 8, 9, 0x20, ...TIME]],
  [
    'a route comes first, and nothing of what is between',
    [68, 8, 5, 0, ...zeros(4), 1, 148, 4, 0, 0, 7, 7, 4, ...zeros(4)],
    [7, 7, 8, ...HERE, 68, 8, 9, 0, ...TIME, 0],
  ],
  ['other options are not given back', [148, 4, 0, 0], []],
])('%s', (_what, options, echo) => {
  expect(echoed(...options)).toEqual(echo);
});

it('where there is room for a part of an entry, nothing is sent', () => {
  expect(echoed(7, 9, 4, ...zeros(6))).toBeUndefined();
  expect(echoed(68, 10, 5, 0, ...zeros(6))).toBeUndefined();
});
