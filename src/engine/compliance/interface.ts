import { WeirError } from '../../base/error.ts';
import type { Operation } from '../../lvs/operation.ts';
import { DIRECT_TUNNEL, type AddressMatch, type Destination, type Service } from '../../lvs/service.ts';
import type { Engine } from '../engine.ts';

/** Something that the engine interface promises, tried on an engine with an empty table. */
export interface Promised {
  readonly name: string;
  /** @returns what is not as promised, in words; empty if everything is */
  readonly check: (engine: Engine) => Promise<string[]>;
}

const WEB: AddressMatch = { protocol: 'tcp', address: '10.9.9.9', port: 80 };
const DNS: AddressMatch = { protocol: 'udp', address: '10.9.9.9', port: 53 };

const service = (match: AddressMatch): Service => ({ match, scheduler: 'wrr', schedulerFlags: 0, onePacket: false });

function destination(address: string, port: number, weight = 1): Destination {
  const limits = { weight, upperThreshold: 0, lowerThreshold: 0 };
  return { address, port, method: 'masquerade', ...limits, tunnel: DIRECT_TUNNEL };
}

const add = (match: AddressMatch): Operation => ({ do: 'add-service', service: service(match) });
const addServer = (match: AddressMatch, address: string): Operation => ({
  do: 'add-destination',
  match,
  destination: destination(address, match.port),
});
const BOTH: readonly Operation[] = [
  add(WEB),
  addServer(WEB, '10.2.0.11'),
  addServer(WEB, '10.2.0.12'),
  add(DNS),
  addServer(DNS, '10.2.0.11'),
];

/** What every engine does, whatever forwards: transactions, versions, statistics, zeroing, flushing, reading connections. */
export const PROMISES: readonly Promised[] = [
  { name: 'a table is empty at first, and a transaction raises its version by one', check: raisesVersion },
  { name: 'destinations stand in walk order, the last added first', check: keepsWalkOrder },
  { name: 'a transaction that is refused changes nothing', check: isAllOrNothing },
  { name: 'a transaction on another version than expected is refused and changes nothing', check: keepsVersions },
  { name: 'a check answers as the transaction would, and changes nothing', check: checksOnly },
  { name: 'statistics have the order of the table, and begin at zero', check: countsFromZero },
  { name: 'zeroing wants a service that is there', check: zeroes },
  { name: 'a flush leaves the timeouts and nothing else', check: flushes },
  { name: 'a table that nobody has changed reads the same again', check: repeatsItself },
  { name: 'connections can be read, and reading can be given up', check: streams },
];

async function raisesVersion(engine: Engine): Promise<string[]> {
  const { version, services } = await engine.table();
  const after = await engine.commit(BOTH);
  return [
    ...differs('services at first', [], services),
    ...differs('version', version + 1, after.version),
    ...differs('services', 2, after.services.length),
  ];
}

async function keepsWalkOrder(engine: Engine): Promise<string[]> {
  const { services } = await engine.commit(BOTH);
  const addresses = services[0]?.destinations.map(({ address }) => address);
  return differs('walk order', ['10.2.0.12', '10.2.0.11'], addresses);
}

async function isAllOrNothing(engine: Engine): Promise<string[]> {
  const before = await engine.table();
  const refusal = await codeOf(() => engine.commit([...BOTH, add(WEB)]));
  return [...differs('refusal', 'SERVICE_EXISTS', refusal), ...differs('table', before, await engine.table())];
}

async function keepsVersions(engine: Engine): Promise<string[]> {
  const { version } = await engine.commit([add(WEB)]);
  const refusal = await codeOf(() => engine.commit([add(DNS)], version - 1));
  const { services } = await engine.table();
  const accepted = await codeOf(() => engine.commit([add(DNS)], version));
  return [
    ...differs('refusal', 'VERSION_CONFLICT', refusal),
    ...differs('services after it', 1, services.length),
    ...differs('the version that is right', undefined, accepted),
  ];
}

async function checksOnly(engine: Engine): Promise<string[]> {
  const before = await engine.table();
  const would = await engine.check(BOTH);
  const refusal = await codeOf(() => engine.check([...BOTH, add(WEB)]));
  return [
    ...differs('services that there would be', 2, would.services.length),
    ...differs('refusal', 'SERVICE_EXISTS', refusal),
    ...differs('table', before, await engine.table()),
  ];
}

async function countsFromZero(engine: Engine): Promise<string[]> {
  const { services } = await engine.commit(BOTH);
  const statistics = await engine.statistics();
  const counts = statistics.flatMap(({ counters, destinations }) => [
    ...Object.values(counters),
    ...destinations.flatMap((one) => [...Object.values(one.counters), one.active, one.inactive, one.persistent]),
  ]);
  return [
    ...differs(
      'services',
      services.map(({ match }) => match),
      statistics.map(({ match }) => match),
    ),
    ...differs(
      'destinations',
      services.map(({ destinations }) => destinations.map(({ address }) => address)),
      statistics.map(({ destinations }) => destinations.map(({ id }) => id.address)),
    ),
    ...differs(
      'sum of all counts',
      0n,
      counts.reduce<bigint>((sum, one) => sum + BigInt(one), 0n),
    ),
  ];
}

async function zeroes(engine: Engine): Promise<string[]> {
  await engine.commit([add(WEB)]);
  return [
    ...differs('one', undefined, await codeOf(() => engine.zero(WEB))),
    ...differs('all', undefined, await codeOf(() => engine.zero())),
    ...differs('none', 'SERVICE_UNKNOWN', await codeOf(() => engine.zero(DNS))),
  ];
}

async function flushes(engine: Engine): Promise<string[]> {
  await engine.commit([...BOTH, { do: 'set-timeouts', timeouts: { tcp: 800, tcpFin: 0, udp: 0 } }]);
  const { services, timeouts } = await engine.commit([{ do: 'flush' }]);
  return [...differs('services', [], services), ...differs('timeout', 800, timeouts.tcp)];
}

async function repeatsItself(engine: Engine): Promise<string[]> {
  await engine.commit(BOTH);
  return differs('table', await engine.table(), await engine.table());
}

async function streams(engine: Engine): Promise<string[]> {
  await engine.commit(BOTH);
  const found: unknown[] = [];
  for await (const connection of engine.connections()) {
    found.push(connection);
    break;
  }
  return differs('connections', [], found);
}

/** The code with which something is refused; undefined if it is not. */
async function codeOf(action: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof WeirError) return error.code;
    throw error;
  }
}

function differs(what: string, expected: unknown, found: unknown): string[] {
  const [want, have] = [textOf(expected), textOf(found)];
  return want === have ? [] : [`${what}: expected ${want}, found ${have}`];
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_name, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item)) ?? 'nothing';
}
