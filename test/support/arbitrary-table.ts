import * as fc from 'fast-check';
import { WeirError } from '../../src/base/error.ts';
import type { Operation, SyncDaemon } from '../../src/lvs/operation.ts';
import {
  DIRECT_TUNNEL,
  familyOf,
  familyOfMatch,
  isMarkMatch,
  isTranslating,
  type AddressMatch,
  type Destination,
  type Service,
  type ServiceMatch,
  type Tunnel,
} from '../../src/lvs/service.ts';
import type { Source } from '../../src/lvs/source.ts';
import { applyOperation, emptyTable, type Table, type TableContext } from '../../src/lvs/table.ts';

/*
 * Tables that an operator can reach by any way in. The domains are small, so that services and destinations meet again:
 * are edited, deleted and added anew.
 */

export const CONTEXT: TableContext = {
  schedulers: new Set(['rr', 'wrr', 'wlc', 'sh', 'mh', 'lblcr']),
  persistenceEngines: new Set(['sip']),
  isUnicast: () => true,
  interfaceMtu: (name) => (name === 'eth0' ? 1500 : name === 'eth1' ? 9000 : undefined),
};

const address4 = fc.constantFrom('10.0.0.1', '10.0.0.2', '192.168.1.10', '0.0.0.0', '255.1.2.3');
const address6 = fc.constantFrom('2001:db8::1', '2001:db8::2:0', '::1', '::', '::ffff:10.0.0.1', '::102:304');
const address = fc.oneof(address4, address6);
const port = fc.constantFrom(0, 1, 80, 443, 65_535);
const mark = fc.constantFrom(1, 7, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff);

export const match: fc.Arbitrary<ServiceMatch> = fc.oneof(
  fc.record({ protocol: fc.constantFrom('tcp', 'udp', 'sctp'), address, port }),
  fc.record({ mark, family: fc.constantFrom('inet', 'inet6') }),
);

const netmask4 = fc.constantFrom('255.255.255.255', '255.255.255.0', '0.0.0.0', '0.0.0.24');
const netmask6 = fc.constantFrom('128', '64', '1');

function serviceOf(of: ServiceMatch): fc.Arbitrary<Service> {
  const isIpv6 = familyOfMatch(of) === 'inet6';
  const persistence = fc.record({ timeout: fc.constantFrom(1, 360, 2_678_400), netmask: isIpv6 ? netmask6 : netmask4 });
  const needsPersistence = !isMarkMatch(of) && of.port === 0;
  const canBeOnePacket = isMarkMatch(of) || of.protocol === 'udp';
  return fc
    .record({
      scheduler: fc.constantFrom('rr', 'wlc', 'sh', 'mh', 'lblcr', 'none'),
      schedulerFlags: fc.constantFrom(0, 0x08, 0x10, 0x18, 0x20, 0x38),
      persistence: needsPersistence ? persistence : fc.option(persistence, { nil: undefined }),
      persistenceEngine: fc.constantFrom(undefined, 'sip'),
      onePacket: canBeOnePacket ? fc.boolean() : fc.constant(false),
    })
    .map(({ persistence: persistent, persistenceEngine, ...rest }) => ({
      match: of,
      ...rest,
      ...(persistent === undefined ? {} : { persistence: persistent }),
      ...(persistenceEngine === undefined ? {} : { persistenceEngine }),
    }));
}

const tunnel: fc.Arbitrary<Tunnel> = fc.oneof(
  fc.constant(DIRECT_TUNNEL),
  fc.record({
    type: fc.constant('gue' as const),
    port: fc.constantFrom(1, 6080, 65_535),
    checksum: fc.constantFrom('none', 'full', 'remote'),
  }),
  fc.record({ type: fc.constant('gre' as const), port: fc.constant(0), checksum: fc.constantFrom('none', 'full') }),
);

/** Only masquerading can change the port of a service that has one, only tunnelling the address family. */
function destinationOf(of: ServiceMatch): fc.Arbitrary<Destination> {
  return fc
    .record({
      address,
      port,
      method: fc.constantFrom('masquerade', 'route', 'tunnel', 'full-nat'),
      weight: fc.constantFrom(0, 1, 100, 0x7fff_ffff),
      upperThreshold: fc.constantFrom(0, 100, 0x7fff_ffff),
      lowerThreshold: fc.constantFrom(0, 50),
      tunnel,
    })
    .map((destination) => {
      const method = familyOf(destination.address) === familyOfMatch(of) ? destination.method : 'tunnel';
      return {
        ...destination,
        method,
        port: isTranslating(method) || isMarkMatch(of) ? destination.port : of.port,
        tunnel: method === 'tunnel' ? destination.tunnel : DIRECT_TUNNEL,
      };
    });
}

const role = fc.constantFrom('master', 'backup');
const syncDaemon: fc.Arbitrary<SyncDaemon> = fc.record({
  role,
  interface: fc.constantFrom('eth0', 'eth1'),
  syncId: fc.constantFrom(0, 5, 255),
  maxLength: fc.constantFrom(0, 1, 1000, 65_507),
  group: fc.constantFrom('224.0.0.81', '239.1.2.3', 'ff02::81'),
  port: fc.constantFrom(1, 8848, 65_535),
  ttl: fc.constantFrom(1, 255),
});

const addressMatch: fc.Arbitrary<AddressMatch> = fc.record({
  protocol: fc.constantFrom('tcp', 'udp', 'sctp'),
  address,
  port,
});

const settings = fc
  .record(
    {
      am_droprate: fc.constantFrom(1, 10, 1000),
      conn_reuse_mode: fc.nat(3),
      drop_packet: fc.nat(3),
      lblc_expiration: fc.constantFrom(1, 86_400),
      sloppy_tcp: fc.nat(1),
    },
    { requiredKeys: [] },
  )
  .filter((some) => Object.keys(some).length > 0);

/** Of full NAT. */
const source: fc.Arbitrary<Source> = fc.record({
  address: fc.constantFrom('10.0.0.200', '10.0.0.201', '2001:db8::200'),
  firstPort: fc.constantFrom(1, 1024),
  lastPort: fc.constantFrom(1024, 65_535),
});

const seconds = fc.constantFrom(0, 1, 900, 2_678_400);

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: match.chain((of) => serviceOperation('add-service', of)) },
  { weight: 2, arbitrary: match.chain((of) => serviceOperation('edit-service', of)) },
  { weight: 1, arbitrary: match.map((of): Operation => ({ do: 'delete-service', match: of })) },
  { weight: 8, arbitrary: match.chain((of) => destinationOperation('add-destination', of)) },
  { weight: 2, arbitrary: match.chain((of) => destinationOperation('edit-destination', of)) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('delete-destination' as const),
      match,
      destination: fc.record({ address, port }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ tcp: seconds, tcpFin: seconds, udp: seconds })
      .map((timeouts): Operation => ({ do: 'set-timeouts', timeouts })),
  },
  { weight: 1, arbitrary: syncDaemon.map((daemon): Operation => ({ do: 'start-daemon', daemon })) },
  { weight: 1, arbitrary: role.map((of): Operation => ({ do: 'stop-daemon', role: of })) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('add-mark' as const), mark, match: addressMatch }) },
  { weight: 1, arbitrary: addressMatch.map((of): Operation => ({ do: 'delete-mark', match: of })) },
  { weight: 2, arbitrary: source.map((of): Operation => ({ do: 'set-source', source: of })) },
  { weight: 1, arbitrary: source.map(({ address: of }): Operation => ({ do: 'delete-source', address: of })) },
  { weight: 1, arbitrary: settings.map((some): Operation => ({ do: 'set-settings', settings: some })) },
);

function serviceOperation(name: 'add-service' | 'edit-service', of: ServiceMatch): fc.Arbitrary<Operation> {
  return serviceOf(of).map((service) => ({ do: name, service }));
}

function destinationOperation(name: 'add-destination' | 'edit-destination', of: ServiceMatch): fc.Arbitrary<Operation> {
  return destinationOf(of).map((destination) => ({ do: name, match: of, destination }));
}

/** Few matches in one table, so that there are destinations to them. */
export const operations: fc.Arbitrary<Operation[]> = fc
  .array(match, { minLength: 1, maxLength: 4 })
  .chain((matches) => {
    const of = fc.constantFrom(...matches);
    return fc.array(
      fc.oneof(
        operation,
        { weight: 3, arbitrary: of.chain((one) => destinationOperation('add-destination', one)) },
        of.chain((one) => serviceOperation('add-service', one)),
        of.chain((one) => serviceOperation('edit-service', one)),
      ),
      { maxLength: 40 },
    );
  });

export const table: fc.Arbitrary<Table> = operations.map((list) => reach(emptyTable(), list));

/** The table after the operations, without those that are refused. */
export function reach(from: Table, list: readonly Operation[]): Table {
  let reached = from;
  for (const one of list) {
    try {
      reached = applyOperation(reached, one, CONTEXT);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
    }
  }
  return reached;
}
