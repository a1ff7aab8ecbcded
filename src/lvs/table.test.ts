import { describe, expect, test } from 'vitest';
import { WeirError } from '../base/error.ts';
import type { Operation, SyncDaemon } from './operation.ts';
import { DIRECT_TUNNEL, type AddressMatch, type Destination, type Service } from './service.ts';
import {
  applyEachOperation,
  applyOperation,
  applyOperations,
  emptyTable,
  findService,
  type Table,
  type TableContext,
} from './table.ts';

const context: TableContext = {
  schedulers: new Set(['rr', 'wlc']),
  persistenceEngines: new Set(['sip']),
  isUnicast: (address) => !address.startsWith('224.') && !address.startsWith('ff'),
  interfaceMtu: (name) => ({ eth0: 1500, lo: 65536 })[name],
};

const web: AddressMatch = { protocol: 'tcp', address: '10.0.0.10', port: 80 };
const web6: AddressMatch = { protocol: 'tcp', address: '2001:db8::10', port: 80 };

function service(change: Partial<Service> = {}): Service {
  return { match: web, scheduler: 'rr', schedulerFlags: 0, onePacket: false, ...change };
}

function destination(change: Partial<Destination> = {}): Destination {
  return {
    address: '192.168.1.11',
    port: 80,
    method: 'masquerade',
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnel: DIRECT_TUNNEL,
    ...change,
  };
}

function daemon(change: Partial<SyncDaemon> = {}): SyncDaemon {
  return {
    role: 'master',
    interface: 'eth0',
    syncId: 0,
    maxLength: 0,
    group: '224.0.0.81',
    port: 8848,
    ttl: 1,
    ...change,
  };
}

const addWeb: Operation = { do: 'add-service', service: service() };

function addServer(change: Partial<Destination> = {}, match = web): Operation {
  return { do: 'add-destination', match, destination: destination(change) };
}

function tableAfter(...operations: Operation[]): Table {
  return operations.reduce((table, operation) => applyOperation(table, operation, context), emptyTable());
}

function errnoOf(table: Table, operation: Operation): string | undefined {
  try {
    applyOperation(table, operation, context);
    return undefined;
  } catch (error) {
    return error instanceof WeirError ? error.errno : 'no WeirError';
  }
}

describe('services', () => {
  test('stand in the order of adding, and an edited one keeps its place and its destinations', () => {
    const table = tableAfter(addWeb, { do: 'add-service', service: service({ match: web6 }) }, addServer(), {
      do: 'edit-service',
      service: service({ scheduler: 'wlc', onePacket: true }),
    });
    expect(table.services.map(({ match, scheduler }) => [match, scheduler])).toEqual([
      [web, 'wlc'],
      [web6, 'rr'],
    ]);
    expect(findService(table, web)?.destinations).toHaveLength(1);
  });

  test('an edit replaces every attribute', () => {
    const persistent = service({ persistence: { timeout: 60, netmask: '255.255.255.0' }, persistenceEngine: 'sip' });
    const table = tableAfter({ do: 'add-service', service: persistent }, { do: 'edit-service', service: service() });
    expect(findService(table, web)).toEqual({ ...service(), destinations: [] });
  });

  test.each<[string, Operation, string]>([
    [
      'adding one that is there, before its names are looked up',
      { do: 'add-service', service: service({ scheduler: 'nosuch' }) },
      'EEXIST',
    ],
    [
      'editing one that is not there',
      { do: 'edit-service', service: service({ match: web6, scheduler: 'nosuch' }) },
      'ESRCH',
    ],
    ['deleting one that is not there', { do: 'delete-service', match: web6 }, 'ESRCH'],
    ['an unknown scheduler', { do: 'edit-service', service: service({ scheduler: 'nosuch' }) }, 'ENOENT'],
    [
      'an unknown persistence engine',
      { do: 'edit-service', service: service({ persistenceEngine: 'nosuch' }) },
      'ENOENT',
    ],
    [
      'an IPv6 prefix of 129',
      { do: 'add-service', service: service({ match: web6, persistence: { timeout: 60, netmask: '129' } }) },
      'EINVAL',
    ],
    ['firewall mark 0', { do: 'add-service', service: service({ match: { mark: 0, family: 'inet' } }) }, 'EINVAL'],
    ['port 65536', { do: 'add-service', service: service({ match: { ...web, port: 65536 } }) }, 'EINVAL'],
    ['unknown flag bits', { do: 'edit-service', service: service({ schedulerFlags: 0x40 }) }, 'EINVAL'],
  ])('%s is refused', (_, operation, errno) => {
    expect(errnoOf(tableAfter(addWeb), operation)).toBe(errno);
  });

  test("the scheduler 'none' is always there", () => {
    expect(errnoOf(emptyTable(), { do: 'add-service', service: service({ scheduler: 'none' }) })).toBeUndefined();
  });

  test('flush takes the services and leaves timeouts and daemons', () => {
    const table = tableAfter(
      addWeb,
      { do: 'set-timeouts', timeouts: { tcp: 5, tcpFin: 0, udp: 0 } },
      { do: 'start-daemon', daemon: daemon() },
      { do: 'flush' },
    );
    expect(table.services).toEqual([]);
    expect(table.timeouts.tcp).toBe(5);
    expect(table.daemons).toHaveLength(1);
  });
});

describe('destinations', () => {
  test('the last added stands first, an edited one keeps its place', () => {
    const table = tableAfter(
      addWeb,
      addServer({ address: '192.168.1.11' }),
      addServer({ address: '192.168.1.12' }),
      addServer({ address: '192.168.1.13' }),
      { do: 'edit-destination', match: web, destination: destination({ address: '192.168.1.12', weight: 9 }) },
      { do: 'delete-destination', match: web, destination: { address: '192.168.1.13', port: 80 } },
    );
    expect(findService(table, web)?.destinations.map(({ address, weight }) => [address, weight])).toEqual([
      ['192.168.1.12', 9],
      ['192.168.1.11', 1],
    ]);
  });

  test.each<[string, Operation, string]>([
    ['without its service, whatever else is wrong', addServer({ address: '224.0.0.1' }, web6), 'ESRCH'],
    ['that is there, even with another method', addServer({ method: 'route' }), 'EEXIST'],
    [
      'with a lower threshold above the upper, before its existence counts',
      addServer({ upperThreshold: 1, lowerThreshold: 2 }),
      'ERANGE',
    ],
    ['with a lower threshold alone', addServer({ port: 81, lowerThreshold: 50 }), 'ERANGE'],
    ['with a negative weight', addServer({ port: 81, weight: -1 }), 'ERANGE'],
    ['that is multicast', addServer({ address: '224.0.0.1' }), 'EINVAL'],
    ['of another family without tunnelling', addServer({ address: '2001:db8::1' }), 'EINVAL'],
    ['in GUE without a port', addServer({ port: 81, tunnel: { type: 'gue', port: 0, checksum: 'none' } }), 'EINVAL'],
    [
      'edited though it is not there',
      { do: 'edit-destination', match: web, destination: destination({ port: 81 }) },
      'ENOENT',
    ],
    [
      'deleted though it is not there',
      { do: 'delete-destination', match: web, destination: { address: '1.2.3.4', port: 80 } },
      'ENOENT',
    ],
  ])('a destination %s is refused', (_, operation, errno) => {
    expect(errnoOf(tableAfter(addWeb, addServer()), operation)).toBe(errno);
  });

  test('a destination of another family may be deleted without saying that it is tunnelled', () => {
    const table = tableAfter(addWeb, addServer({ address: '2001:db8::1', method: 'tunnel' }));
    expect(
      errnoOf(table, { do: 'delete-destination', match: web, destination: { address: '2001:db8::1', port: 80 } }),
    ).toBeUndefined();
  });
});

describe('timeouts', () => {
  test('0 keeps the old value, and one value out of range changes none', () => {
    const table = tableAfter({ do: 'set-timeouts', timeouts: { tcp: 0, tcpFin: 50, udp: 0 } });
    expect(table.timeouts).toEqual({ tcp: 900, tcpFin: 50, udp: 300 });
    expect(errnoOf(table, { do: 'set-timeouts', timeouts: { tcp: 1, tcpFin: 1, udp: 2678401 } })).toBe('EINVAL');
  });
});

describe('synchronisation daemons', () => {
  test.each<[Partial<SyncDaemon>, number]>([
    [{}, 1472],
    [{ interface: 'lo' }, 1472],
    [{ interface: 'lo', role: 'backup' }, 65507],
    [{ group: 'ff02::81' }, 1452],
    [{ maxLength: 1 }, 1],
    [{ maxLength: 1, role: 'backup' }, 1024],
    [{ maxLength: 65507, group: 'ff02::81' }, 65487],
  ])('%o sends messages of %i bytes', (change, length) => {
    expect(tableAfter({ do: 'start-daemon', daemon: daemon(change) }).daemons[0]?.maxLength).toBe(length);
  });

  test('the master is listed before the backup', () => {
    const table = tableAfter(
      { do: 'start-daemon', daemon: daemon({ role: 'backup' }) },
      { do: 'start-daemon', daemon: daemon() },
    );
    expect(table.daemons.map(({ role }) => role)).toEqual(['master', 'backup']);
  });

  test('are refused where the kernel refuses them', () => {
    const running = tableAfter({ do: 'start-daemon', daemon: daemon() }, addWeb);
    expect(errnoOf(running, { do: 'start-daemon', daemon: daemon() })).toBe('EEXIST');
    expect(errnoOf(running, { do: 'start-daemon', daemon: daemon({ interface: 'nosuch0' }) })).toBe('ENODEV');
    expect(errnoOf(running, { do: 'start-daemon', daemon: daemon({ group: '10.0.0.1' }) })).toBe('EAFNOSUPPORT');
    expect(errnoOf(running, { do: 'stop-daemon', role: 'backup' })).toBe('ESRCH');
    const loopback = daemon({ interface: 'lo', group: 'ff02::81' });
    expect(errnoOf(emptyTable(), { do: 'start-daemon', daemon: loopback })).toBe('ENETUNREACH');
    expect(errnoOf(emptyTable(), { do: 'start-daemon', daemon: { ...loopback, role: 'backup' } })).toBeUndefined();
    expect(errnoOf(running, addServer({ address: '2001:db8::1', method: 'tunnel' }))).toBe('EINVAL');
  });

  test('and destinations of another family exclude each other', () => {
    const mixed = tableAfter(addWeb, addServer({ address: '2001:db8::1', method: 'tunnel' }));
    expect(errnoOf(mixed, { do: 'start-daemon', daemon: daemon() })).toBe('EINVAL');
  });
});

describe('transactions', () => {
  test('apply all or nothing and raise the version', () => {
    const table = applyOperations(emptyTable(), [addWeb, addServer()], context);
    expect(table.version).toBe(1);
    expect(() => applyOperations(table, [addServer({ port: 81 }), addWeb], context)).toThrow('Service already exists');
    expect(findService(table, web)?.destinations).toHaveLength(1);
  });

  test('refuse a table that has changed since', () => {
    const table = applyOperations(emptyTable(), [addWeb], context);
    expect(() => applyOperations(table, [], context, 0)).toThrow(expect.objectContaining({ code: 'VERSION_CONFLICT' }));
  });

  test('operations applied each by itself go on after one that is refused', () => {
    const { table, outcomes } = applyEachOperation(emptyTable(), [addWeb, addWeb, addServer()], context);
    expect(outcomes.map((error) => error?.errno)).toEqual([undefined, 'EEXIST', undefined]);
    expect(table.version).toBe(1);
    expect(findService(table, web)?.destinations).toHaveLength(1);
  });

  test('where everything is refused the table stays the same', () => {
    const table = tableAfter(addWeb);
    expect(applyEachOperation(table, [addWeb], context).table).toBe(table);
  });

  test('a copy of a table is as good as the original', () => {
    const copy = structuredClone(tableAfter(addWeb, addServer()));
    expect(errnoOf(copy, addWeb)).toBe('EEXIST');
    expect(applyOperation(copy, { do: 'delete-service', match: web }, context).services).toEqual([]);
  });

  test('old tables stay as they were', () => {
    const before = tableAfter(addWeb);
    const after = applyOperation(before, { do: 'delete-service', match: web }, context);
    expect([before.services.length, after.services.length]).toEqual([1, 0]);
  });
});
