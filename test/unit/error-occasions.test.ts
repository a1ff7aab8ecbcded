import { describe, expect, test } from 'vitest';
import { type ErrorCode, WeirError } from '../../src/base/error.ts';
import { readBtf } from '../../src/kernel/btf.ts';
import type { Operation, SyncDaemon } from '../../src/lvs/operation.ts';
import { DEFAULT_TIMEOUTS } from '../../src/lvs/operation.ts';
import type { Destination, Service } from '../../src/lvs/service.ts';
import { DIRECT_TUNNEL } from '../../src/lvs/service.ts';
import type { Source } from '../../src/lvs/source.ts';
import { SCHEDULER_NAMES, startScheduler } from '../../src/lvs/schedulers/index.ts';
import { applyOperations, emptyTable, type TableContext } from '../../src/lvs/table.ts';

/** What a request is refused with: code, and errno where IPVS has one for it. docs/errors.md describes the occasions. */

const context: TableContext = {
  schedulers: SCHEDULER_NAMES,
  persistenceEngines: new Set(['sip']),
  isUnicast: (address) => !address.startsWith('224.'),
  interfaceMtu: (name) => (name === 'eth0' ? 1500 : undefined),
};

const match = { protocol: 'tcp', address: '10.1.1.21', port: 80 } as const;
const service = (change: Partial<Service> = {}): Service => ({
  match,
  scheduler: 'rr',
  schedulerFlags: 0,
  onePacket: false,
  ...change,
});
const destination = (change: Partial<Destination> = {}): Destination => ({
  address: '1.1.1.128',
  port: 80,
  method: 'masquerade',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  tunnel: DIRECT_TUNNEL,
  ...change,
});

const addService = (change: Partial<Service> = {}): Operation => ({ do: 'add-service', service: service(change) });
const addDestination = (change: Partial<Destination> = {}): Operation => ({
  do: 'add-destination',
  match,
  destination: destination(change),
});
const startDaemon = (change: Partial<SyncDaemon> = {}): Operation => ({
  do: 'start-daemon',
  daemon: {
    role: 'master',
    interface: 'eth0',
    syncId: 0,
    maxLength: 0,
    group: '224.0.0.81',
    port: 8848,
    ttl: 1,
    ...change,
  },
});
const addMark = (mark: number): Operation => ({ do: 'add-mark', mark, match });
const setSource = (change: Partial<Source> = {}): Operation => ({
  do: 'set-source',
  source: { address: '1.1.1.1', firstPort: 1024, lastPort: 2000, ...change },
});
const tunnelledToIpv6 = addDestination({ address: '2001:db8::1', method: 'tunnel' });

function refusal(operations: Operation[]): WeirError {
  try {
    applyOperations(emptyTable(), operations, context);
  } catch (error) {
    if (error instanceof WeirError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const OCCASIONS: [ErrorCode, string, string, Operation[]][] = [
  ['SERVICE_EXISTS', 'EEXIST', 'a service added twice', [addService(), addService()]],
  ['SERVICE_UNKNOWN', 'ESRCH', 'a service deleted that is not there', [{ do: 'delete-service', match }]],
  ['SERVICE_UNKNOWN', 'ESRCH', 'a server for a service that is not there', [addDestination()]],
  ['SCHEDULER_UNKNOWN', 'ENOENT', 'a misspelt scheduler', [addService({ scheduler: 'roundrobin' })]],
  ['PERSISTENCE_ENGINE_UNKNOWN', 'ENOENT', 'a misspelt engine', [addService({ persistenceEngine: 'ftp' })]],
  ['SERVICE_INVALID', 'EINVAL', 'a port out of range', [addService({ match: { ...match, port: 65_536 } })]],
  ['SERVICE_INVALID', 'EINVAL', 'flags that do not exist', [addService({ schedulerFlags: 0x40 })]],
  ['DESTINATION_EXISTS', 'EEXIST', 'a server added twice', [addService(), addDestination(), addDestination()]],
  [
    'DESTINATION_UNKNOWN',
    'ENOENT',
    'a server deleted that is not there',
    [addService(), { do: 'delete-destination', match, destination: { address: '1.1.1.128', port: 80 } }],
  ],
  ['DESTINATION_INVALID', 'ERANGE', 'a weight below 0', [addService(), addDestination({ weight: -1 })]],
  ['DESTINATION_INVALID', 'EINVAL', 'a multicast address', [addService(), addDestination({ address: '224.0.0.5' })]],
  ['DESTINATION_INVALID', 'EINVAL', 'another family', [addService(), addDestination({ address: '2001:db8::1' })]],
  ['THRESHOLD_INVALID', 'ERANGE', 'lower above upper', [addService(), addDestination({ lowerThreshold: 1 })]],
  [
    'TIMEOUT_INVALID',
    'EINVAL',
    'a negative timeout',
    [{ do: 'set-timeouts', timeouts: { ...DEFAULT_TIMEOUTS, tcp: -1 } }],
  ],
  ['SETTING_INVALID', 'EINVAL', 'a setting out of range', [{ do: 'set-settings', settings: { sloppy_tcp: 2 } }]],
  ['MARK_INVALID', 'EINVAL', 'mark 0', [{ do: 'add-mark', mark: 0, match }]],
  ['MARK_EXISTS', 'EEXIST', 'a second mark for one address', [addMark(1), addMark(2)]],
  ['MARK_UNKNOWN', 'ENOENT', 'a mark removed that is not there', [{ do: 'delete-mark', match }]],
  ['SOURCE_INVALID', 'EINVAL', 'a source of no ports', [setSource({ firstPort: 9, lastPort: 8 })]],
  ['SOURCE_INVALID', 'EINVAL', 'a multicast source', [setSource({ address: '224.0.0.5' })]],
  ['SOURCE_UNKNOWN', 'ENOENT', 'a source removed that is not there', [{ do: 'delete-source', address: '1.1.1.1' }]],
  ['SOURCE_UNKNOWN', 'ENOENT', 'full NAT without a source', [addService(), addDestination({ method: 'full-nat' })]],
  [
    'SOURCE_IN_USE',
    'EBUSY',
    'the last source of full NAT removed',
    [setSource(), addService(), addDestination({ method: 'full-nat' }), { do: 'delete-source', address: '1.1.1.1' }],
  ],
  ['INTERFACE_UNKNOWN', 'ENODEV', 'a daemon on no interface', [startDaemon({ interface: 'eth9' })]],
  ['SYNC_DAEMON_EXISTS', 'EEXIST', 'a daemon started twice', [startDaemon(), startDaemon()]],
  ['SYNC_DAEMON_UNKNOWN', 'ESRCH', 'a daemon stopped that is not there', [{ do: 'stop-daemon', role: 'backup' }]],
  ['SYNC_DAEMON_INVALID', 'EAFNOSUPPORT', 'a group that is none', [startDaemon({ group: '10.0.0.1' })]],
  ['SYNC_DAEMON_INVALID', 'EINVAL', 'mixed families', [addService(), tunnelledToIpv6, startDaemon()]],
];

describe('the table refuses', () => {
  test.each(OCCASIONS)('%s (%s): %s', (code, errno, _occasion, operations) => {
    expect(refusal(operations)).toMatchObject({ code, errno });
  });

  test('VERSION_CONFLICT: a change of a table that has changed since', () => {
    expect(() => applyOperations(emptyTable(), [addService()], context, 7)).toThrow(
      expect.objectContaining({ code: 'VERSION_CONFLICT', expected: 'version 7' }),
    );
  });
});

describe('others refuse', () => {
  test('SCHEDULER_UNKNOWN: a scheduler that cannot be started', () => {
    const surroundings = {
      flags: () => 0,
      now: () => 0,
      random: () => 0,
      lblcExpiration: () => 0,
      lblcrExpiration: () => 0,
      family: () => 'inet' as const,
    };
    expect(() => startScheduler('roundrobin', [], surroundings)).toThrow(
      expect.objectContaining({ code: 'SCHEDULER_UNKNOWN' }),
    );
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['no ELF file', Buffer.from('#!/bin/sh\n'.repeat(100))],
    ['an ELF header and no more', Buffer.from('7f454c4602010100'.padEnd(128, '0'), 'hex')],
  ])('OBJECT_INVALID: an object that is %s', (_what, bytes) => {
    expect(() => readBtf(bytes, 'tc.bpf.o')).toThrow(
      expect.objectContaining({ code: 'OBJECT_INVALID', where: 'tc.bpf.o' }),
    );
  });
});

describe('an error', () => {
  const error = refusal([addService({ scheduler: 'roundrobin' })]);

  test('is the same after its way through JSON', () => {
    const copy = WeirError.fromJSON(JSON.parse(JSON.stringify(error)));
    expect(copy.toJSON()).toEqual(error.toJSON());
    expect(copy).toBeInstanceOf(WeirError);
  });

  test('tells people a line for each thing that is known', () => {
    const lines = error.describe().split('\n');
    expect(lines[0]).toBe(error.message);
    expect(lines.slice(1).map((line) => line.split(':')[0])).toEqual(['  expected', '  found']);
  });
});
