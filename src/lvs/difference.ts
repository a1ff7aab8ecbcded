import type { Operation } from './operation.ts';
import type { Destination, ServiceMatch } from './service.ts';
import { endpointText, matchKey } from './service.ts';
import { markTarget, type MarkRule } from './mark.ts';
import { changedSettings } from './settings.ts';
import type { Table, TableService } from './table.ts';

/**
 * The operations that turn one table into another and leave alone what is equal in both, so that untouched services and real
 * servers keep their counters and connections.
 *
 * Applied to `from`, the result holds the same services, destinations in the same walk order, and everything else as `to`.
 * Only the order of services and marks may differ: it has no meaning, a packet belongs to one of them whatever the order.
 * Walk order does have one (schedulers break ties by it), and a destination can only be added at the head, so a destination
 * that has to move is deleted and added again.
 *
 * @returns operations in an order in which each is valid when its turn comes; empty when the tables are equal
 */
export function tableDifference(from: Table, to: Table): Operation[] {
  const wanted = new Map(to.services.map((service) => [matchKey(service.match), service]));
  const present = new Map(from.services.map((service) => [matchKey(service.match), service]));
  return [
    ...stoppedDaemons(from, to),
    ...settingsDifference(from, to),
    ...marksDifference(from, to),
    // Before the services and real servers that need them; they go only after these.
    ...setAnew(from.vips, to.vips, (vip) => ({ do: 'set-vip', vip })),
    ...setAnew(from.sources, to.sources, (source) => ({ do: 'set-source', source })),
    ...from.services.filter(({ match }) => !wanted.has(matchKey(match))).map(({ match }) => deleteService(match)),
    ...to.services.flatMap((service) => serviceDifference(present.get(matchKey(service.match)), service)),
    ...deleted(from.sources, to.sources, (address) => ({ do: 'delete-source', address })),
    ...deleted(from.vips, to.vips, (address) => ({ do: 'delete-vip', address })),
    ...(samePlainData(from.timeouts, to.timeouts) ? [] : [setTimeouts(to)]),
    ...startedDaemons(from, to),
  ];
}

function serviceDifference(from: TableService | undefined, to: TableService): Operation[] {
  const { destinations, ...service } = to;
  if (from === undefined) {
    return [{ do: 'add-service', service }, ...addedAtHead(to.match, destinations)];
  }
  const { destinations: present, ...before } = from;
  const edit: Operation[] = samePlainData(before, service) ? [] : [{ do: 'edit-service', service }];
  return [...edit, ...destinationsDifference(to.match, present, destinations)];
}

/** Keeps the longest tail of `to` that stands in the same order in `from`; everything before it is added at the head. */
function destinationsDifference(
  match: ServiceMatch,
  from: readonly Readonly<Destination>[],
  to: readonly Readonly<Destination>[],
): Operation[] {
  const kept = new Set<string>();
  let unread = from.length;
  let firstKept = to.length;
  for (const destination of to.toReversed()) {
    const key = endpointText(destination);
    do unread -= 1;
    while (unread >= 0 && key !== keyAt(from, unread));
    if (unread < 0) break;
    kept.add(key);
    firstKept -= 1;
  }
  const before = new Map(from.map((destination) => [endpointText(destination), destination]));
  return [
    ...from
      .filter((destination) => !kept.has(endpointText(destination)))
      .map(({ address, port }): Operation => ({ do: 'delete-destination', match, destination: { address, port } })),
    ...to
      .slice(firstKept)
      .filter((destination) => !samePlainData(destination, before.get(endpointText(destination))))
      .map((destination): Operation => ({ do: 'edit-destination', match, destination })),
    ...addedAtHead(match, to.slice(0, firstKept)),
  ];
}

function keyAt(destinations: readonly Readonly<Destination>[], index: number): string | undefined {
  const destination = destinations[index];
  return destination && endpointText(destination);
}

function addedAtHead(match: ServiceMatch, destinations: readonly Readonly<Destination>[]): Operation[] {
  return destinations.toReversed().map((destination) => ({ do: 'add-destination', match, destination }));
}

function deleteService(match: ServiceMatch): Operation {
  return { do: 'delete-service', match };
}

function setTimeouts({ timeouts }: Table): Operation {
  return { do: 'set-timeouts', timeouts };
}

function settingsDifference(from: Table, to: Table): Operation[] {
  const changed = changedSettings(to.settings, from.settings);
  return changed.length === 0 ? [] : [{ do: 'set-settings', settings: Object.fromEntries(changed) }];
}

function marksDifference(from: Table, to: Table): Operation[] {
  const [present, wanted] = [markTexts(from.marks), markTexts(to.marks)];
  return [
    ...from.marks
      .filter((rule) => !wanted.has(markText(rule)))
      .map(({ match }): Operation => ({ do: 'delete-mark', match })),
    ...to.marks.filter((rule) => !present.has(markText(rule))).map((rule): Operation => ({ do: 'add-mark', ...rule })),
  ];
}

/** What of things that are known by their address is new or otherwise in `to`. */
function setAnew<T extends { readonly address: string }>(
  from: readonly T[],
  to: readonly T[],
  set: (one: T) => Operation,
): Operation[] {
  const present = new Map(from.map((one) => [one.address, one]));
  return to.filter((one) => !samePlainData(one, present.get(one.address))).map(set);
}

/** And what `to` no longer has. */
function deleted<T extends { readonly address: string }>(
  from: readonly T[],
  to: readonly T[],
  remove: (address: string) => Operation,
): Operation[] {
  const wanted = new Set(to.map(({ address }) => address));
  return from.filter(({ address }) => !wanted.has(address)).map(({ address }) => remove(address));
}

function markTexts(rules: readonly MarkRule[]): Set<string> {
  return new Set(rules.map(markText));
}

function markText({ mark, match }: MarkRule): string {
  return `${mark} ${markTarget(match)}`;
}

function stoppedDaemons(from: Table, to: Table): Operation[] {
  return from.daemons.filter((daemon) => !hasDaemon(to, daemon)).map(({ role }) => ({ do: 'stop-daemon', role }));
}

function startedDaemons(from: Table, to: Table): Operation[] {
  return to.daemons.filter((daemon) => !hasDaemon(from, daemon)).map((daemon) => ({ do: 'start-daemon', daemon }));
}

function hasDaemon(table: Table, daemon: Table['daemons'][number]): boolean {
  return table.daemons.some((other) => samePlainData(other, daemon));
}

/** Equality of plain data, by value; a property that is undefined counts as absent. */
function samePlainData(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const left = presentEntries(a);
  const right = new Map(presentEntries(b));
  return left.length === right.size && left.every(([name, value]) => samePlainData(value, right.get(name)));
}

function presentEntries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item !== undefined);
}
