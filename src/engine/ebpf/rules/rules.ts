import { tableDifference } from '../../../lvs/difference.ts';
import type { Operation } from '../../../lvs/operation.ts';
import { Routing } from '../../../lvs/routing.ts';
import { type ServiceMatch, familyOfMatch, isMarkMatch, matchKey } from '../../../lvs/service.ts';
import { type Table, type TableContext, type TableService, Transaction, findService } from '../../../lvs/table.ts';
import type { FaultCounts } from '../../faults.ts';
import { hostSurroundings, interfaceMtu } from '../../host.ts';
import type { EngineLog } from '../../options.ts';
import { inParts } from '../maps/in-parts.ts';
import type { Journal } from './journal.ts';
import { ConcernSet, Interest, areMarksForeign } from './interest.ts';
import { writeMarks } from './marks.ts';
import { Callers } from './callers.ts';
import type { Origins } from './origins.ts';
import { type Plan, planOperations, touchedBy } from './plan.ts';
import type { News, Publisher } from './publisher.ts';
import type { Registry } from '../maps/registry.ts';
import { hasRoom, needsOf, requireRoom } from './room.ts';
import { SCHEDULERS, programScheduler } from '../maps/schedulers.ts';
import { settingsRecord } from '../maps/settings-record.ts';
import { checkSources, writeSources } from './sources.ts';
import { StrayServers } from './stray-servers.ts';
import { checkSupported } from './supported.ts';
import { type Tables, ensureCalls, readSettings, writeSettings } from '../maps/tables.ts';
import { stateTimeouts } from './timeouts.ts';
import { settledTurn } from './turn.ts';
import type { Vips } from '../interfaces/vips.ts';

export interface RulesParts {
  tables: Tables;
  registry: Registry;
  publisher: Publisher;
  origins: Origins;
  vips: Vips;
  journal: Journal;
  /** Gives up what deleted destinations hold without need, where room is short. */
  makeRoom: () => void;
  faults: FaultCounts;
  log: EngineLog;
}

/**
 * The table in force, and how a change of it gets into the maps: everything that can be refused comes first, then all of it is written.
 * What fails half way is taken back.
 */
export class Rules {
  readonly #parts: RulesParts;
  readonly #interest: Interest;
  readonly #strayServers: StrayServers;
  readonly #callers: Callers;
  #table: Table;
  /** The set of interesting addresses may hold some that are no longer in use. */
  #mayForget = true;
  /** Takes back a change that failed half way, as long as that has not succeeded. */
  #takeBack: (() => void) | undefined;

  /** @param table what the maps hold */
  constructor(table: Table, parts: RulesParts) {
    const { maps } = parts.tables;
    this.#table = table;
    this.#parts = parts;
    this.#interest = new Interest(maps.interest);
    this.#strayServers = new StrayServers(maps.servers);
    this.#callers = new Callers(maps.callers, parts.registry);
  }

  get table(): Table {
    return this.#table;
  }

  /** @throws WeirError the first operation that is refused, and nothing has changed; KERNEL_CALL_FAILED, and it is taken back */
  commit(operations: readonly Operation[], expectedVersion?: number): Table {
    const { journal } = this.#parts;
    this.#takeBack?.();
    const { after, plan } = this.#prepare(operations, expectedVersion);
    journal.begin(this.#table, plan);
    this.#write(after, plan);
    journal.end();
    return after;
  }

  /** @throws WeirError KERNEL_CALL_FAILED, and it is taken back */
  #write(after: Table, plan: Plan): void {
    const { faults, log, journal } = this.#parts;
    try {
      this.#apply(after, plan);
    } catch (error) {
      faults.note('change-failed');
      log.error({ fault: 'change-failed', err: error }, 'a change has failed half way: it is taken back');
      this.#takeBack = () => {
        this.#revert(after, plan);
        this.#takeBack = undefined;
        journal.end();
      };
      this.tryToTakeBack();
      throw error;
    }
    this.#table = after;
  }

  /** The table as it would be. @throws WeirError as `commit` does */
  check(operations: readonly Operation[], expectedVersion?: number): Table {
    return this.#prepare(operations, expectedVersion).after;
  }

  /** Takes back what has failed half way and could not be taken back then. */
  tryToTakeBack(): void {
    try {
      this.#takeBack?.();
    } catch (error) {
      this.#parts.log.error({ fault: 'change-failed', err: error }, 'a change cannot be taken back yet');
    }
  }

  /** Without destinations in the trash there is no connection but to those of the table: what else packets carry is of no interest. */
  async forgetAddresses(): Promise<void> {
    if (!this.#canForget || areMarksForeign(this.#table)) return;
    const table = this.#table;
    const { services, marks } = table;
    const wanted = new ConcernSet();
    for await (const { first, count } of inParts(services.length))
      wanted.add({ services: services.slice(first, first + count) });
    wanted.add({ marks });
    // What has changed meanwhile is looked at the next time.
    if (this.#table !== table || !this.#canForget) return;
    this.#mayForget = false;
    this.#interest.replace(wanted);
  }

  get #canForget(): boolean {
    return this.#mayForget && this.#takeBack === undefined && this.#parts.registry.trash.size === 0;
  }

  /** An earlier process may have been killed in the middle of a change: what it had written counts. */
  settle(): void {
    const { tables, publisher, origins, registry } = this.#parts;
    publisher.settle();
    for (const service of this.#table.services) this.#settleScheduler(service);
    origins.settle(this.#table.services, registry);
    const { settings } = tables.maps;
    let { added } = readSettings(settings);
    for (const { record } of registry.services.values()) added = Math.max(added, record.added);
    writeSettings(settings, { ...countServices(this.#table.services.map(({ match }) => match)), added });
  }

  /** Takes back what an earlier process was killed in the middle of. */
  takeBackUnfinished(): void {
    const { journal, log } = this.#parts;
    try {
      const before = journal.unfinished(this.#table);
      if (before !== undefined) {
        const { after, plan } = this.#prepare(tableDifference(this.#table, before));
        const { version } = before;
        this.#write({ ...after, version }, plan);
        log.warn({ version }, 'took back a change that an earlier process was killed in the middle of');
      }
    } catch (error) {
      log.error(
        { fault: 'change-failed', err: error },
        'a change that an earlier process was killed in the middle of stays as it is',
      );
    }
    journal.end();
  }

  /** Makes anew what a scheduler has been prepared with, if the weights may have changed since. */
  #settleScheduler(service: TableService): void {
    const { publisher } = this.#parts;
    const key = matchKey(service.match);
    const was = publisher.turn(key, service);
    const turn = settledTurn(was, service);
    const prepared = programScheduler(service.scheduler).table !== undefined;
    if (turn !== was || prepared) publisher.publish([{ key, service, publication: { turn }, added: 0 }]);
  }

  /** Everything that can be refused, before anything changes. */
  #prepare(operations: readonly Operation[], expectedVersion?: number): { after: Table; plan: Plan } {
    const { publisher, registry, vips, makeRoom } = this.#parts;
    for (const operation of operations) checkSupported(operation);
    const transaction = new Transaction(this.#table, tableContext(), expectedVersion);
    const plan = planOperations(transaction, operations, (key, service) => publisher.turn(key, service));
    const after = transaction.finish();
    const needs = needsOf(after, plan, registry);
    if (!hasRoom(needs, registry)) makeRoom();
    requireRoom(needs, registry);
    checkSources(after.sources);
    vips.check(this.#table.vips, after.vips);
    return { after, plan };
  }

  #apply(after: Table, { retire, publish }: Plan): void {
    const { tables, publisher, origins, registry, vips } = this.#parts;
    const { settings } = tables.maps;
    let { added, services4, services6 } = readSettings(settings);
    const count = (match: ServiceMatch, change: 1 | -1): void => {
      if (familyOfMatch(match) === 'inet6') services6 += change;
      else services4 += change;
    };
    publisher.begin();
    for (const [key, match] of retire) {
      publisher.retire(key, match);
      count(match, -1);
    }
    const services = [...publish].flatMap(([key, publication]): News[] => {
      const service = findService(after, publication.match);
      return service === undefined ? [] : [{ key, publication, service, added: ++added }];
    });
    this.#interest.add({ services: services.map(({ service }) => service) });
    this.#applyMarks(
      after,
      services.map(({ service }) => service.match),
    );
    writeSources(tables, this.#table.sources, after.sources);
    vips.apply(this.#table.vips, after.vips);
    for (const { key, service } of services) {
      if (service.persistenceEngine !== undefined) ensureCalls(tables);
      if (!registry.services.has(key)) count(service.match, 1);
    }
    publisher.publish(services);
    origins.claim(services.map(({ service }) => service));
    // Only what is deleted leaves addresses behind.
    this.#mayForget ||= retire.size > 0 || registry.trash.size > 0;
    this.#strayServers.follow(after, registry);
    this.#callers.follow(
      after,
      registry,
      services.map(({ service }) => service),
    );
    writeSettings(settings, {
      callers: this.#callers.count,
      services4,
      services6,
      timeouts: stateTimeouts(after.timeouts),
      ...settingsRecord(after.settings),
      marks: after.marks.length,
      version: after.version,
      added,
      generations: registry.generations,
    });
  }

  /** Makes the maps again what the table in force says, whatever of the change they have. */
  #revert(after: Table, plan: Plan): void {
    const before = this.#table;
    const { tables, publisher, registry, vips } = this.#parts;
    const { maps } = tables;
    let { added } = readSettings(maps.settings);
    publisher.begin();
    for (const [key, match] of touchedBy(plan)) {
      const service = findService(before, match);
      if (service === undefined) publisher.retire(key, match);
      else this.#republish(key, service, ++added);
    }
    writeMarks(maps.marks, after.marks, before.marks);
    writeSources(tables, after.sources, before.sources);
    vips.apply(after.vips, before.vips);
    registry.discardStrays();
    this.#mayForget = true;
    this.#strayServers.follow(before, registry);
    this.#callers.follow(before, registry, before.services);
    const services = countServices(before.services.map(({ match }) => match));
    writeSettings(maps.settings, {
      ...services,
      callers: this.#callers.count,
      added,
      generations: registry.generations,
    });
  }

  #republish(key: string, service: TableService, added: number): void {
    const { publisher } = this.#parts;
    const turn = publisher.turn(key, service);
    publisher.publish([{ key, service, publication: { turn }, added }]);
  }

  #applyMarks(after: Table, published: readonly ServiceMatch[]): void {
    const { marks } = this.#table;
    if (after.marks === marks && !published.some(isMarkMatch)) return;
    this.#mayForget ||= after.marks !== marks;
    this.#interest.add({ marks: after.marks });
    if (areMarksForeign(after)) this.#interest.fill();
    writeMarks(this.#parts.tables.maps.marks, marks, after.marks);
  }
}

function countServices(matches: readonly ServiceMatch[]): { services4: number; services6: number } {
  const services6 = matches.filter((match) => familyOfMatch(match) === 'inet6').length;
  return { services4: matches.length - services6, services6 };
}

/** What decides beside the table: the machine's addresses as they are now, read when the first destination is added. */
function tableContext(): TableContext {
  let routing: Routing | undefined;
  return {
    schedulers: SCHEDULERS,
    persistenceEngines: new Set(['sip']),
    isUnicast: (address) => (routing ??= new Routing(hostSurroundings())).isUnicast(address),
    interfaceMtu,
  };
}
