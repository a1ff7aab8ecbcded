import { expect, test } from 'vitest';
import type { Neighbour, NeighbourNews } from '../../../kernel/neighbour-monitor.ts';
import { FaultCounts } from '../../faults.ts';
import { NeighbourWatch } from './neighbour-watch.ts';

const NO_LOG = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const SERVER = '1.1.1.128';
const servers =
  (...addresses: string[]) =>
  (): ReadonlySet<string> =>
    new Set(addresses);

/** A watch, what it counts, and who is told to it next. */
function watching() {
  const waiting: NeighbourNews[] = [];
  const faults = new FaultCounts();
  const monitor = { read: () => waiting.shift() ?? { news: [], overrun: false } };
  const tell = (state: Neighbour['state'], address = SERVER, overrun = false): void =>
    void waiting.push({ news: [{ address, state }], overrun });
  const counts = (): Record<string, number> =>
    Object.fromEntries(faults.list().map(({ fault, count }) => [fault, count]));
  return { watch: new NeighbourWatch(monitor, faults, NO_LOG), tell, waiting, counts };
}

test('a real server that does not answer is gone until it does, others do not matter', () => {
  const { watch, tell, counts } = watching();
  tell('silent');
  tell('silent', '1.1.1.7');
  tell('silent');
  for (let times = 0; times < 3; times++) watch.look(servers(SERVER));
  expect([...watch.gone]).toEqual([SERVER]);
  expect(counts()).toEqual({ 'neighbour-gone': 1 });
  tell('answers');
  watch.look(servers(SERVER));
  expect([...watch.gone]).toEqual([]);
});

test('one that is no real server any more is not named, though nobody says anything of it', () => {
  const { watch, tell } = watching();
  tell('silent');
  watch.look(servers(SERVER));
  watch.look(servers());
  expect([...watch.gone]).toEqual([]);
});

test('of whom there may be news that are lost nothing is said until the kernel tells it again, and it is counted', () => {
  const { watch, tell, waiting, counts } = watching();
  tell('silent');
  watch.look(servers(SERVER));
  waiting.push({ news: [], overrun: true });
  watch.look(servers(SERVER));
  expect([...watch.gone]).toEqual([]);
  tell('silent', SERVER, true);
  watch.look(servers(SERVER));
  expect([...watch.gone]).toEqual([SERVER]);
  expect(counts()).toEqual({ 'neighbour-gone': 2, 'netlink-overrun': 2 });
});
