import { describe, expect, test } from 'vitest';
import { DIRECT_TUNNEL } from '../../lvs/service.ts';
import type { Connection } from '../../lvs/live-connection.ts';
import { writeNumeric } from '../endpoint-text.ts';
import { connectionHeading, connectionLine } from './connections.ts';
import { largeNumber } from './large-number.ts';
import type { DestinationRow, ServiceRow } from './layout.ts';
import { rateLayout } from './rate.ts';
import { destinationName, serviceName } from './service-name.ts';

describe('a large number', () => {
  test.each([
    [0n, '        0'],
    [99_999_999n, ' 99999999'],
    [100_000_000n, '  100000K'],
    [120_096_988n, '  120096K'],
    [999_999_999n, '  999999K'],
    [1_000_000_000n, '    1000M'],
    [99_999_999_999n, '   99999M'],
    [100_000_000_000n, '     100G'],
    [99_999_999_999_999n, '   99999G'],
    [100_000_000_000_000n, '     100T'],
    [1_000_000_000_000_000_000n, ' 1000000T'],
  ])('%s is %j', (value, text) => {
    expect(largeNumber(value, false)).toBe(text);
  });

  test.each([
    [5n, '        5'],
    [12_345_678n, ' 12345678'],
    [123_456_789n, ' 123456789'],
    [1_000_000_000_000_000_000n, ' 1000000000000000000'],
  ])('%s written out is %j', (value, text) => {
    expect(largeNumber(value, true)).toBe(text);
  });
});

test('rates of events are short for a service and written out for a destination', () => {
  const rates = {
    connections: 100_000_000,
    inPackets: 2,
    outPackets: 3,
    inBytes: 4_294_967_295,
    outBytes: 999_999_999,
  };
  const counters = { connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n };
  const match = { protocol: 'tcp', address: '10.0.0.10', port: 80 } as const;
  const service: ServiceRow = {
    name: 'TCP  10.0.0.10:80',
    service: { match, scheduler: 'rr', schedulerFlags: 0, onePacket: false, destinations: [] },
    statistics: { match, counters, rates, destinations: [] },
  };
  const id = { address: '192.168.1.12', port: 80 };
  const destination: DestinationRow = {
    name: '192.168.1.12:80',
    destination: { ...id, method: 'route', weight: 1, upperThreshold: 0, lowerThreshold: 0, tunnel: DIRECT_TUNNEL },
    statistics: { id, active: 0, inactive: 0, persistent: 0, counters, rates },
  };
  expect(rateLayout.service(service, false)).toBe(
    'TCP  10.0.0.10:80                  100000K        2        3    4294M  999999K',
  );
  expect(rateLayout.destination(destination, false)).toBe(
    '  -> 192.168.1.12:80              100000000        2        3    4294M  999999K',
  );
});

describe('names', () => {
  test('are cut for IPv4 and not for IPv6', () => {
    const long = (): string => 'a-very-long-name-of-a-host.example.test:http';
    const match = { protocol: 'tcp', port: 80 } as const;
    expect(serviceName({ ...match, address: '10.0.0.10' }, long)).toBe('TCP  a-very-long-name-of-a-host.e');
    expect(serviceName({ ...match, address: '::1' }, long)).toBe(`TCP  ${long()}`);
    expect(destinationName('10.0.0.10', long())).toBe('a-very-long-name-of-a-host.e');
    expect(destinationName('::1', long())).toBe(long());
  });

  test('of firewall marks above 2^31-1 are negative', () => {
    expect(serviceName({ mark: 4_294_967_295, family: 'inet6' }, writeNumeric)).toBe('FWM  -1 IPv6');
  });
});

describe('a connection', () => {
  const sip: Connection = {
    protocol: 'udp',
    state: 'NONE',
    expires: 60_999,
    client: { address: '203.0.113.1', port: 0 },
    virtual: { address: '10.0.0.53', port: 5060 },
    destination: { address: '192.168.1.11', port: 5060 },
    template: true,
    engine: { name: 'sip', data: '1234@example.com' },
  };

  test('has its columns as ipvsadm 1.31 printed them', () => {
    expect(connectionHeading(false)).toBe(
      'IPVS connection entries\npro expire state       source             virtual            destination',
    );
    expect(connectionLine(sip, writeNumeric, false)).toBe(
      'UDP 01:00  NONE        203.0.113.1:0      10.0.0.53:5060     192.168.1.11:5060',
    );
    expect(connectionLine(sip, writeNumeric, true)).toBe(
      'UDP 01:00  NONE        203.0.113.1:0      10.0.0.53:5060     192.168.1.11:5060 sip                1234@example.com',
    );
  });

  test('shows minutes beyond an hour, and the mark in templates of firewall marks', () => {
    const { engine: _, ...plain } = sip;
    const template: Connection = {
      ...plain,
      protocol: 'ip',
      expires: 7_321_000,
      virtual: { address: '0.0.0.7', port: 0 },
    };
    expect(connectionLine(template, writeNumeric, true)).toBe(
      'IP  122:01 NONE        203.0.113.1:0      0.0.0.7:0          192.168.1.11:5060',
    );
  });
});
