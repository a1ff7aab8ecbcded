import { expect, test } from 'vitest';
import { logTo, type LogLine } from '../../../../test/support/director.ts';
import { FaultCounts } from '../../faults.ts';
import { type Forwarded, ForwardingWatch } from './forwarding-watch.ts';

const conf = (version: 4 | 6, name: string): string => `net/ipv${version}/conf/${name}/forwarding`;

function watchOver(files: Record<string, string>) {
  const faults = new FaultCounts();
  const log: LogLine[] = [];
  return { watch: new ForwardingWatch((path) => files[path], faults, logTo(log)), faults, log };
}

const all = (family: Forwarded['family']): Forwarded => ({ family, services: true, replies: true });

test('what is switched off is counted and said once, and that it is on again too', () => {
  const files = { [conf(4, 'lo')]: '1', [conf(4, 'eth0')]: '1', [conf(4, 'eth1')]: '1' };
  const { watch, faults, log } = watchOver(files);
  const look = (): void => watch.look(['eth0', 'eth1'], [all('inet')]);
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

test('without replies an interface need not forward, unless the loopback does not either', () => {
  const files = { [conf(6, 'lo')]: '1', [conf(6, 'eth0')]: '0' };
  const { watch, log } = watchOver(files);
  const look = (): void => watch.look(['eth0'], [{ family: 'inet6', services: true, replies: false }]);
  look();
  expect(log).toEqual([]);
  files[conf(6, 'lo')] = '0';
  look();
  expect(log.map(({ message }) => message)).toEqual([
    'eth0 does not forward IPv6: packets of services that arrive there are dropped',
  ]);
});

test('a family without services is not looked at, and an interface that is gone is not off', () => {
  const files = { [conf(4, 'eth0')]: '1', [conf(6, 'eth0')]: '0' };
  const { watch, faults } = watchOver(files);
  const none: Forwarded = { family: 'inet6', services: false, replies: false };
  watch.look(['eth0', 'eth9'], [all('inet'), none]);
  expect(faults.list()).toEqual([]);
  watch.look(['eth0'], [all('inet'), all('inet6')]);
  watch.look(['eth0'], [all('inet'), none]);
  watch.look(['eth0'], [all('inet'), all('inet6')]);
  expect(faults.list()).toEqual([{ fault: 'forwarding-off', count: 2 }]);
});
