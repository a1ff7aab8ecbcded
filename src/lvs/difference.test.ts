import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONTEXT, reach, table as anyTable, operations as anyOperations } from '../../test/support/arbitrary-table.ts';
import { tableDifference } from './difference.ts';
import { markTarget } from './mark.ts';
import type { Operation } from './operation.ts';
import { DIRECT_TUNNEL, matchKey, type Destination, type Service, type ServiceMatch } from './service.ts';
import { applyOperation, emptyTable, type Table } from './table.ts';

const WEB: ServiceMatch = { protocol: 'tcp', address: '10.1.1.21', port: 80 };
const DNS: ServiceMatch = { protocol: 'udp', address: '10.1.1.21', port: 53 };

function service(match: ServiceMatch, scheduler = 'rr'): Service {
  return { match, scheduler, schedulerFlags: 0, onePacket: false };
}

function destination(address: string, weight = 1): Destination {
  return {
    address,
    port: 80,
    method: 'masquerade',
    weight,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnel: DIRECT_TUNNEL,
  };
}

/** A table with one web service; the servers in the order of adding. */
function web(servers: readonly string[]): Table {
  return tableOf([
    { do: 'add-service', service: service(WEB) },
    ...servers.map((address): Operation => ({ do: 'add-destination', match: WEB, destination: destination(address) })),
  ]);
}

function tableOf(operations: readonly Operation[], from = emptyTable()): Table {
  return operations.reduce((table, operation) => applyOperation(table, operation, CONTEXT), from);
}

/** What is compared: services and marks without regard to their order, everything else as it stands. */
function content({ services, timeouts, daemons, settings, marks, sources }: Table): unknown {
  return {
    services: services.toSorted((a, b) => (matchKey(a.match) < matchKey(b.match) ? -1 : 1)),
    timeouts,
    daemons: daemons.toSorted((a, b) => (a.role < b.role ? -1 : 1)),
    settings,
    sources,
    marks: marks.map(({ mark, match }) => `${mark} ${markTarget(match)}`).toSorted(),
  };
}

describe('the difference of two tables', () => {
  test('leads from any table to any other', () => {
    fc.assert(
      fc.property(anyTable, anyTable, (from, to) => {
        const reached = tableOf(tableDifference(from, to), from);
        expect(content(reached)).toEqual(content(to));
      }),
      { numRuns: 2000 },
    );
  });

  test('leads back after any change, and is empty then', () => {
    fc.assert(
      fc.property(anyTable, anyOperations, (from, changes) => {
        const changed = reach(from, changes);
        const back = tableOf(tableDifference(changed, from), changed);
        expect(tableDifference(back, from)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test('of equal tables is empty', () => {
    expect(tableDifference(web(['1.1.1.1', '1.1.1.2']), web(['1.1.1.1', '1.1.1.2']))).toEqual([]);
  });

  test('does not touch services that are equal', () => {
    const from = tableOf([{ do: 'add-service', service: service(DNS) }], web(['1.1.1.1']));
    const to = tableOf([{ do: 'edit-service', service: service(DNS, 'wlc') }], from);
    expect(tableDifference(from, to)).toEqual([{ do: 'edit-service', service: service(DNS, 'wlc') }]);
  });

  test('adds a new server at the head and leaves the others', () => {
    expect(tableDifference(web(['1.1.1.1', '1.1.1.2']), web(['1.1.1.1', '1.1.1.2', '1.1.1.3']))).toEqual([
      { do: 'add-destination', match: WEB, destination: destination('1.1.1.3') },
    ]);
  });

  test('edits a changed server in its place', () => {
    const from = web(['1.1.1.1', '1.1.1.2']);
    const heavier = destination('1.1.1.1', 5);
    const to = tableOf([{ do: 'edit-destination', match: WEB, destination: heavier }], from);
    expect(tableDifference(from, to)).toEqual([{ do: 'edit-destination', match: WEB, destination: heavier }]);
  });

  test('removes a server without moving the others', () => {
    expect(tableDifference(web(['1.1.1.1', '1.1.1.2', '1.1.1.3']), web(['1.1.1.1', '1.1.1.3']))).toEqual([
      { do: 'delete-destination', match: WEB, destination: { address: '1.1.1.2', port: 80 } },
    ]);
  });

  test('moves only the servers that stand before the new place', () => {
    const operations = tableDifference(web(['1.1.1.1', '1.1.1.2', '1.1.1.3']), web(['1.1.1.1', '1.1.1.3', '1.1.1.2']));
    expect(operations).toEqual([
      { do: 'delete-destination', match: WEB, destination: { address: '1.1.1.2', port: 80 } },
      { do: 'add-destination', match: WEB, destination: destination('1.1.1.2') },
    ]);
  });

  test('stops a daemon before and starts one after everything else', () => {
    const daemon = {
      role: 'master',
      interface: 'eth0',
      syncId: 1,
      maxLength: 0,
      group: '224.0.0.81',
      port: 8848,
      ttl: 1,
    } as const;
    const from = tableOf([{ do: 'start-daemon', daemon }], web([]));
    const to = tableOf(
      [{ do: 'start-daemon', daemon: { ...daemon, syncId: 2 } }],
      tableOf([{ do: 'add-service', service: service(DNS) }]),
    );
    expect(tableDifference(from, to).map((operation) => operation.do)).toEqual([
      'stop-daemon',
      'delete-service',
      'add-service',
      'start-daemon',
    ]);
  });
});
