import { expect, test } from 'vitest';
import { PathMtu } from './path-mtu.ts';

const V4 = '10.2.0.11';
const V6 = '2001:db8:b::11';
const LINK = 1500;

/** What a path is held to carry after errors have told this. */
function after(address: string, told: readonly number[], link = LINK): number {
  const paths = new PathMtu();
  for (const mtu of told) paths.learn(address, mtu, { carried: paths.limit(address, link, 0), now: 0 });
  return paths.limit(address, link, 0);
}

test('what is told lowers what a path carries, and nothing raises it again', () => {
  expect(after(V4, [1200])).toBe(1200);
  expect(after(V4, [1200, 1400])).toBe(1200);
  expect(after(V4, [1200, 1400, 700])).toBe(700);
  expect(after(V4, [2000])).toBe(LINK);
});

test('of IPv4 no less than 552 bytes are believed, unless the link carries less', () => {
  expect(after(V4, [300])).toBe(552);
  expect(after(V4, [0])).toBe(552);
  expect(after(V4, [300], 500)).toBe(500);
});

test('of IPv6 less than 1280 bytes is no news', () => {
  expect(after(V6, [1280])).toBe(1280);
  expect(after(V6, [1279])).toBe(LINK);
});

test('it is believed for ten minutes', () => {
  const paths = new PathMtu();
  paths.learn(V4, 1000, { carried: LINK, now: 0 });
  expect([paths.knows(V4, 599_999), paths.limit(V4, LINK, 599_999)]).toEqual([true, 1000]);
  expect([paths.knows(V4, 600_000), paths.limit(V4, LINK, 600_000)]).toEqual([false, LINK]);
});
