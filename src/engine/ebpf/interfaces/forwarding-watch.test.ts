import { expect, test } from 'vitest';
import { logTo, type LogLine } from '../../../../test/support/director.ts';
import { FaultCounts } from '../../faults.ts';
import { ForwardingWatch } from './forwarding-watch.ts';

const conf = (version: 4 | 6, name: string): string => `net/ipv${version}/conf/${name}/forwarding`;

function watchOver(files: Record<string, string>) {
  const faults = new FaultCounts();
  const log: LogLine[] = [];
  return { watch: new ForwardingWatch((path) => files[path], faults, logTo(log)), faults, log };
}

test('what is switched off is counted and said once, and that it is on again too', () => {
  const files = { [conf(4, 'eth0')]: '1', [conf(4, 'eth1')]: '1' };
  const { watch, faults, log } = watchOver(files);
  const look = (): void => watch.look(['eth0', 'eth1'], new Set(['inet']));
  look();
  expect(log).toEqual([]);
  files[conf(4, 'eth1')] = '0';
  look();
  look();
  expect(faults.list()).toEqual([{ fault: 'forwarding-off', count: 1 }]);
  expect([watch.stopped('eth0'), watch.stopped('eth1')]).toEqual([[], ['IPv4']]);
  expect(log).toEqual([
    {
      level: 'warn',
      facts: { fault: 'forwarding-off', interface: 'eth1', fix: 'sysctl -w net.ipv4.ip_forward=1' },
      message: 'eth1 does not forward IPv4: replies of masqueraded real servers that arrive there are dropped',
    },
  ]);
  files[conf(4, 'eth1')] = '1';
  look();
  expect(log.at(-1)).toMatchObject({ level: 'info', message: 'eth1 forwards IPv4 again' });
  expect(watch.stopped('eth1')).toEqual([]);
});

test('a family that needs no forwarding is not looked at, and an interface that is gone is not off', () => {
  const files = { [conf(4, 'eth0')]: '1', [conf(6, 'eth0')]: '0' };
  const { watch, faults } = watchOver(files);
  watch.look(['eth0', 'eth9'], new Set(['inet']));
  expect(faults.list()).toEqual([]);
  watch.look(['eth0'], new Set(['inet', 'inet6']));
  watch.look(['eth0'], new Set(['inet']));
  watch.look(['eth0'], new Set(['inet', 'inet6']));
  expect(faults.list()).toEqual([{ fault: 'forwarding-off', count: 2 }]);
});
