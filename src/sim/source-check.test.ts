import { describe, expect, test } from 'vitest';
import { host, network, nic } from '../../test/support/sim-network.ts';
import { checkSource } from './source-check.ts';

/** Two NICs: 10.0.0.0/24 at eth0, 192.168.0.0/24 at eth1; no default route. */
function twoNics(sysctls: Record<string, string>) {
  const eth1 = nic(2, ['192.168.0.1/24'], { name: 'eth1', segment: 'wan' });
  return network(host('host', [nic(1, ['10.0.0.1/24']), eth1], { sysctls })).host('host');
}

describe('whose packets may come in by eth0', () => {
  const cases: [filter: string, source: string, refused: string | undefined][] = [
    ['0', '10.0.0.9', undefined],
    ['0', '192.168.0.9', undefined],
    ['0', '172.16.0.9', undefined],
    ['1', '10.0.0.9', undefined],
    ['1', '192.168.0.9', 'rp-filter'],
    ['1', '172.16.0.9', 'rp-filter'],
    ['2', '192.168.0.9', undefined],
    ['2', '172.16.0.9', 'rp-filter'],
    ['0', '10.0.0.1', 'martian-source'],
    ['1', '192.168.0.1', 'martian-source'],
    ['0', '127.0.0.1', 'martian-source'],
    ['0', '224.0.0.1', 'martian-source'],
    ['0', '10.0.0.255', undefined],
    ['1', '10.0.0.255', 'martian-source'],
  ];

  test.each(cases)('rp_filter=%s, from %s: %s', (filter, source, refused) => {
    expect(checkSource(twoNics({ 'net.ipv4.conf.all.rp_filter': filter }), source, 'eth0').refused).toBe(refused);
  });

  test('the greater of all and the interface counts', () => {
    const sysctls = { 'net.ipv4.conf.all.rp_filter': '1', 'net.ipv4.conf.eth0.rp_filter': '2' };
    expect(checkSource(twoNics(sysctls), '192.168.0.9', 'eth0').refused).toBeUndefined();
  });

  test('a network on lo makes all its addresses the host’s own only for the filter', () => {
    const lo = { name: 'lo', addresses: ['10.0.0.100/24'] };
    const refused = (filter: string) => {
      const sysctls = { 'net.ipv4.conf.all.rp_filter': filter };
      return checkSource(
        network(host('host', [lo, nic(1, ['10.0.0.1/24'])], { sysctls })).host('host'),
        '10.0.0.9',
        'eth0',
      ).refused;
    };
    expect([refused('0'), refused('1')]).toEqual([undefined, 'martian-source']);
  });

  test('accept_local lets the host’s own address in', () => {
    expect(
      checkSource(twoNics({ 'net.ipv4.conf.eth0.accept_local': '1' }), '10.0.0.1', 'eth0').refused,
    ).toBeUndefined();
  });
});
