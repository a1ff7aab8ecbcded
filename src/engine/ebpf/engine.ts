import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../../base/error.ts';
import { LOAD_SIZE, readLoadRecord } from '../../kernel/abi.generated.ts';
import { OwnAddresses } from '../../kernel/own-addresses.ts';
import { unmountBpffs } from '../../kernel/bpffs.ts';
import type { BpfMap } from '../../kernel/bpf-map.ts';
import { lockFolder } from '../../kernel/folder-lock.ts';
import { readInterfaces } from '../../kernel/interfaces.ts';
import { LinkMonitor } from '../../kernel/link-monitor.ts';
import { NeighbourMonitor } from '../../kernel/neighbour-monitor.ts';
import { ESTIMATION_PERIOD } from '../../lvs/estimator.ts';
import type { Connection } from '../../lvs/live-connection.ts';
import { DEFAULT_TIMEOUTS, type Operation } from '../../lvs/operation.ts';
import { type ServiceMatch, familyOfMatch, isMarkMatch, matchKey } from '../../lvs/service.ts';
import type { ServiceStatistics } from '../../lvs/statistics.ts';
import type { Verdict } from '../../lvs/verdict.ts';
import {
  type Table,
  type TableContext,
  type TableService,
  Transaction,
  emptyTable,
  findService,
} from '../../lvs/table.ts';
import { newTally } from '../../lvs/counters.ts';
import { Routing } from '../../lvs/routing.ts';
import { TRASH_IDLE, TRASH_PERIOD } from '../../lvs/trash.ts';
import type { Engine, EngineEvent, EngineStatus, EventRequest, ExplainRequest } from '../engine.ts';
import { EventHub } from '../events.ts';
import { FaultCounts } from '../faults.ts';
import { hostSurroundings, interfaceMtu } from '../host.ts';
import { DEFAULT_REAL_SERVERS, type EngineOptions } from '../options.ts';
import { readBack } from './adopt.ts';
import { Attachments, requireInterfaces } from './attachments.ts';
import { readConnections } from './connections.ts';
import { nanosecondsNow, secondsToTicks } from './clock.ts';
import { CounterSet } from './counters.ts';
import { Explainer } from './explainer.ts';
import { InterfaceWatch } from './interface-watch.ts';
import { Interest, addressesOf, areMarksForeign } from './interest.ts';
import { FAMILIES, addressWords } from './layouts.ts';
import { LOCALITY_PERIOD, Localities } from './localities.ts';
import { writeMarks } from './marks.ts';
import { NeighbourWatch } from './neighbour-watch.ts';
import { Observer } from './observer.ts';
import { type Programs, loadPrograms } from './programs.ts';
import { hasRoom, needsOf, requireRoom } from './room.ts';
import { Publisher } from './publisher.ts';
import { readReasons } from './reasons.ts';
import { type Plan, planOperations } from './plan.ts';
import type { Registry, ServiceEntry, TrashEntry } from './registry.ts';
import { SCHEDULERS, programScheduler } from './schedulers.ts';
import { checkSupported } from './supported.ts';
import { checkSources, writeSources } from './sources.ts';
import { settingsRecord } from './settings-record.ts';
import { readSignals, zeroSignals } from './signals.ts';
import { StrayServers } from './stray-servers.ts';
import { type Round, Sweeper } from './sweeper.ts';
import { PIN_LAYOUT, type Tables, openTables, readSettings, restorePins, viewOf, writeSettings } from './tables.ts';
import { stateTimeouts } from './timeouts.ts';
import { Vips } from './vips.ts';
import { settledTurn } from './turn.ts';

/** Services and destinations there can be; connections are an option. */
const MOST_SERVICES = 16_384;
const SWEEP_PERIOD = 1000;
/** Destinations whose way is asked for anew with each sweep, a few microseconds each. */
const SOURCES_A_SWEEP = 1000;

/**
 * The eBPF engine on this network namespace. Finds the tables and programs that an earlier process left under the run folder and
 * goes on with them, or starts anew.
 */
export async function openEbpfEngine(options: EngineOptions): Promise<EbpfEngine> {
  if (process.platform !== 'linux')
    throw new WeirError('PLATFORM_UNSUPPORTED', 'the eBPF engine needs Linux', {
      found: process.platform,
      fix: 'use --engine model',
    });
  const folder = join(options.runFolder, 'bpf');
  const unlock = lockFolder(options.runFolder);
  try {
    return await openLocked(folder, options, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openLocked(folder: string, options: EngineOptions, unlock: () => void): Promise<EbpfEngine> {
  // Before the programs are loaded, which takes seconds.
  requireInterfaces(options);
  const tables = openTables(folder, {
    connections: options.connections,
    services: MOST_SERVICES,
    destinations: options.realServers ?? DEFAULT_REAL_SERVERS,
  });
  const started: (() => void)[] = [];
  try {
    const programs = loadPrograms(tables);
    started.push(() => programs.close());
    const engine = new EbpfEngine(folder, tables, programs, options, unlock);
    engine.start();
    return await Promise.resolve(engine);
  } catch (error) {
    for (const undo of started) undo();
    if (tables.fresh) unmountBpffs(folder);
    throw error;
  }
}

export class EbpfEngine implements Engine {
  readonly name = 'ebpf';
  readonly #folder: string;
  readonly #unlock: () => void;
  readonly #tables: Tables;
  readonly #programs: Programs;
  readonly #options: EngineOptions;
  readonly #attachments: Attachments;
  readonly #watch: InterfaceWatch;
  readonly #faults = new FaultCounts();
  readonly #neighbourMonitor = new NeighbourMonitor();
  readonly #neighbours: NeighbourWatch;
  readonly #vips: Vips;
  readonly #sweeper: Sweeper;
  readonly #registry: Registry;
  readonly #publisher: Publisher;
  readonly #interest: Interest;
  readonly #ownAddresses = new OwnAddresses();
  readonly #localities: Localities;
  readonly #strayServers: StrayServers;
  readonly #explainer: Explainer;
  readonly #hub: EventHub;
  readonly #observer: Observer;
  readonly #services: CounterSet;
  readonly #destinations: CounterSet;
  #timers: NodeJS.Timeout[] = [];
  #table: Table;
  /** Deleted destinations without a connection, as the last round found. */
  #unused: ReadonlySet<number> = new Set();
  #nextLook: number;
  /** The set of interesting addresses may hold some that are no longer in use. */
  #mayForget = true;
  /** Takes back a change that failed half way, as long as that has not succeeded. */
  #takeBack: (() => void) | undefined;

  constructor(folder: string, tables: Tables, programs: Programs, options: EngineOptions, unlock: () => void) {
    const { maps } = tables;
    this.#folder = folder;
    this.#unlock = unlock;
    this.#tables = tables;
    this.#programs = programs;
    this.#options = options;
    if (tables.fresh) writeSettings(maps.settings, { timeouts: stateTimeouts(DEFAULT_TIMEOUTS) });
    this.#vips = new Vips(join(options.runFolder, 'vips'), options.log);
    const { table, registry } = readBack(tables, this.#vips.noted());
    this.#table = tables.fresh ? { ...emptyTable(), vips: table.vips } : table;
    this.#registry = registry;
    this.#nextLook = this.#now() + TRASH_PERIOD;
    this.#services = new CounterSet(maps.service_counters, maps.service_bases, tables.fresh);
    this.#destinations = new CounterSet(maps.destination_counters, maps.destination_bases, tables.fresh);
    this.#sweeper = new Sweeper(tables, programs);
    this.#interest = new Interest(maps.interest);
    this.#publisher = new Publisher(tables, registry, this.#ownAddresses, {
      service: (id) => this.#services.zero(id),
      destination: (index) => this.#zeroDestination(index),
      thresholds: (index) => this.#sweeper.mend(index),
    });
    this.#localities = new Localities(tables);
    this.#strayServers = new StrayServers(maps.servers);
    this.#hub = new EventHub((wish) => this.#observer.want(wish), Date.now);
    this.#observer = new Observer(tables, this.#hub);
    if (!tables.fresh) this.#settle();
    const { log } = options;
    this.#attachments = new Attachments({
      ...options,
      folder: join(folder, PIN_LAYOUT, 'links'),
      programs,
      known: maps.interfaces,
      faults: this.#faults,
    });
    this.#neighbours = new NeighbourWatch(this.#neighbourMonitor, this.#faults, log);
    this.#watch = new InterfaceWatch({
      attachments: this.#attachments,
      monitor: new LinkMonitor(),
      read: readInterfaces,
      changed: (otherwise) => this.#settleInterfaces(otherwise),
      inspect: () => this.#inspect(),
      faults: this.#faults,
      log,
    });
    this.#explainer = new Explainer(tables, registry, {
      ownAddresses: this.#ownAddresses,
      attachments: this.#attachments,
    });
  }

  /** Attaches the programs and starts the periodic work. */
  start(): void {
    this.#attachments.attach();
    // An earlier process may have died while somebody observed.
    writeSettings(this.#tables.maps.settings, {
      observed: 0,
      observeEvery: 1,
      icmpInterval4: icmpInterval('ipv4/icmp_ratelimit'),
      icmpInterval6: icmpInterval('ipv6/icmp/ratelimit'),
    });
    this.#settleInterfaces(true);
    this.#watch.start();
    if (!this.#tables.fresh)
      this.#options.log.info({ services: this.#table.services.length }, 'took over the tables of an earlier process');
    this.#timers = [
      setInterval(() => void this.#background('sweep', () => this.sweep(true)), SWEEP_PERIOD),
      setInterval(() => void this.#background('forget addresses', () => this.forgetLocalities()), LOCALITY_PERIOD),
      setInterval(() => void this.#background('estimate', () => Promise.resolve(this.#estimate())), ESTIMATION_PERIOD),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  table(): Promise<Table> {
    return Promise.resolve(this.#table);
  }

  // Not one await inside: no other call sees it half done.
  async commit(operations: readonly Operation[], expectedVersion?: number): Promise<Table> {
    const table = this.#commit(operations, expectedVersion);
    return await Promise.resolve(table);
  }

  async check(operations: readonly Operation[], expectedVersion?: number): Promise<Table> {
    const { after } = this.#prepare(operations, expectedVersion);
    return await Promise.resolve(after);
  }

  async statistics(): Promise<ServiceStatistics[]> {
    const { maps } = this.#tables;
    const ends = this.#ends();
    const services = { totals: this.#services.read(ends.services), bases: this.#services.bases(ends.services) };
    const destinations = {
      totals: this.#destinations.read(ends.destinations),
      bases: this.#destinations.bases(ends.destinations),
    };
    const loads = viewOf(maps.loads.range(ends.destinations));
    const signals = readSignals(maps.signals, ends.destinations);
    return await Promise.resolve(
      this.#table.services.map((service) => {
        const entry = this.#entry(service.match);
        const indices = entry.list.toReversed();
        return {
          match: service.match,
          ...this.#services.shown(entry.record.id, services.totals[entry.record.id] ?? newTally(), services.bases),
          destinations: service.destinations.map(({ address, port }, place) => {
            const index = indices[place] ?? 0;
            const load = readLoadRecord(loads, index * LOAD_SIZE);
            return {
              id: { address, port },
              active: Math.max(0, load.active | 0),
              inactive: Math.max(0, load.inactive | 0),
              persistent: load.persistent,
              signals: signals(index),
              ...this.#destinations.shown(index, destinations.totals[index] ?? newTally(), destinations.bases),
            };
          }),
        };
      }),
    );
  }

  connections(): AsyncIterable<Connection> {
    return readConnections(this.#tables);
  }

  zero(match?: ServiceMatch): Promise<void> {
    const keys = match === undefined ? [...this.#registry.services.keys()] : [matchKey(match)];
    if (match !== undefined && findService(this.#table, match) === undefined) {
      return Promise.reject(
        new WeirError('SERVICE_UNKNOWN', `there is no service ${matchKey(match)}`, { errno: 'ESRCH' }),
      );
    }
    for (const key of keys) {
      const entry = this.#registry.services.get(key);
      if (entry === undefined) continue;
      this.#services.zero(entry.record.id);
      for (const index of entry.list) this.#zeroDestination(index);
    }
    return Promise.resolve();
  }

  async status(): Promise<EngineStatus> {
    const { maps } = this.#tables;
    const shards = allShards(this.#tables);
    const entries = shards.reduce((sum, shard) => sum + shard.maxEntries, 0);
    const round = await this.sweep();
    return {
      engine: this.name,
      facts: [
        ...this.#attachments.list.map(({ interface: on, hooks, reason }) => ({
          name: `interface ${on.name}`,
          value: `${hooks.join(' and ')} (${reason})${on.up ? '' : ', down'}`,
        })),
        ...[...this.#attachments.troubles].map(([name, reason]) => ({
          name: `interface ${name}`,
          value: `not served: ${reason}`,
        })),
        ...Array.from(this.#neighbours.gone, (address) => ({
          name: `real server ${address}`,
          value: 'does not answer ARP or neighbour discovery',
        })),
        {
          name: 'table entries',
          value: `${round.entries} of ${entries} in ${shards.length} shards (a masqueraded connection takes two)`,
        },
        { name: 'services', value: `${this.#table.services.length} of ${this.#registry.serviceIds.size}` },
        {
          name: 'destinations',
          value: `${this.#registry.records.size} of ${this.#registry.destinationIndices.size}, ${this.#registry.trash.size} of them deleted and still in use`,
        },
        { name: 'pins', value: join(this.#folder, PIN_LAYOUT) },
      ],
      connections: { used: round.connections, size: Math.floor(entries / 2) },
      reasons: readReasons(maps.reasons),
      faults: this.#faults.list(),
    };
  }

  /**
   * One round of the sweeper now: ends what is over, mends counters, frees what deleted destinations held.
   * @param defend drop unfinished connections too, where drop_entry is on
   */
  async sweep(defend = false): Promise<Round> {
    this.#tryToTakeBack();
    const deleted = new Set([...this.#registry.trash.values()].map(({ index }) => index));
    const round = await this.#sweeper.round(this.#ends().destinations, defend);
    // What is deleted during a round may have been chosen by a packet that the round has not seen.
    this.#unused = new Set([...deleted].filter((index) => !round.used.has(index)));
    this.#publisher.refreshSources(SOURCES_A_SWEEP);
    this.#lookIntoTrash();
    this.#forget();
    return round;
  }

  /** Once a minute: what has been without a connection for two minutes is forgotten, with its counters (src/lvs/trash.ts). */
  #lookIntoTrash(): void {
    const now = this.#now();
    if (now < this.#nextLook) return;
    while (this.#nextLook <= now) this.#nextLook += TRASH_PERIOD;
    this.#free(
      ({ index, idleSince }) => this.#unused.has(index) && idleSince !== undefined && now >= idleSince + TRASH_IDLE,
    );
    this.#registry.noteIdle((index) => this.#unused.has(index), now);
  }

  #zeroDestination(index: number): void {
    this.#destinations.zero(index);
    zeroSignals(this.#tables.maps.signals, index);
  }

  #free(isFree: (entry: TrashEntry) => boolean): void {
    this.#publisher.clear(this.#registry.emptyTrash(isFree));
  }

  /** Milliseconds on the programs' clock. */
  #now(): number {
    return Number((process.hrtime.bigint() + readSettings(this.#tables.maps.settings).clockAhead) / 1_000_000n);
  }

  /** Takes away now what lblc and lblcr remember for nothing. */
  async forgetLocalities(): Promise<void> {
    const { clockAhead } = readSettings(this.#tables.maps.settings);
    const records = [...this.#registry.services.values()].map(({ record }) => record);
    await this.#localities.sweep(records, nanosecondsNow(clockAhead));
  }

  /** Moves the clock of packets and sweeper ahead, for tests. Milliseconds; never backwards. */
  advanceClock(milliseconds: number): void {
    const { clockAhead } = readSettings(this.#tables.maps.settings);
    writeSettings(this.#tables.maps.settings, { clockAhead: clockAhead + BigInt(Math.round(milliseconds * 1e6)) });
  }

  /** Tells those who observe now what the programs have told until now, for tests; else it comes within 20 ms. */
  tellEvents(): void {
    while (this.#observer.read() > 0);
  }

  async explain(request: ExplainRequest): Promise<Verdict> {
    return await this.#explainer.explain(request, this.#table.services);
  }

  events(request?: EventRequest): AsyncIterable<EngineEvent> {
    return this.#hub.subscribe(request);
  }

  async close({ keep }: { keep: boolean }): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#watch.close();
    this.#neighbourMonitor.close();
    await this.#sweeper.idle();
    this.#hub.close();
    this.#observer.close();
    if (!keep) {
      this.#attachments.detach();
      this.#vips.remove(this.#table.vips);
    }
    this.#attachments.close();
    this.#programs.close();
    await this.#explainer.close();
    this.#ownAddresses.close();
    this.#registry.pages.close();
    for (const map of [...Object.values(this.#tables.maps), ...allShards(this.#tables), ...allPartners(this.#tables)])
      map.close();
    if (!keep) unmountBpffs(this.#folder);
    this.#unlock();
  }

  /** Without destinations in the trash there is no connection but to those of the table: what else packets carry is of no interest. */
  #forget(): void {
    if (this.#registry.trash.size > 0 || !this.#mayForget || areMarksForeign(this.#table)) return;
    this.#mayForget = false;
    const { services, marks } = this.#table;
    this.#interest.replace([
      ...services.flatMap(addressesOf),
      ...marks.map(({ match }) => addressWords(match.address)),
    ]);
  }

  #commit(operations: readonly Operation[], expectedVersion?: number): Table {
    this.#takeBack?.();
    const { after, plan } = this.#prepare(operations, expectedVersion);
    try {
      this.#apply(after, plan);
    } catch (error) {
      this.#faults.note('change-failed');
      this.#options.log.error({ fault: 'change-failed', err: error }, 'a change has failed half way: it is taken back');
      this.#takeBack = () => {
        this.#revert(after, plan);
        this.#takeBack = undefined;
      };
      this.#tryToTakeBack();
      throw error;
    }
    this.#table = after;
    // Connections of what was deleted end at once, not with the next second.
    if (after.settings.expire_nodest_conn !== 0) void this.#background('sweep', () => this.sweep());
    return after;
  }

  /** Everything that can be refused, before anything changes. */
  #prepare(operations: readonly Operation[], expectedVersion?: number): { after: Table; plan: Plan } {
    for (const operation of operations) checkSupported(operation);
    const transaction = new Transaction(this.#table, tableContext(), expectedVersion);
    const plan = planOperations(transaction, operations, (key, service) => this.#publisher.turn(key, service));
    const after = transaction.finish();
    const needs = needsOf(after, plan, this.#registry);
    if (!hasRoom(needs, this.#registry)) this.#free(({ index }) => this.#unused.has(index));
    requireRoom(needs, this.#registry);
    checkSources(after.sources);
    this.#vips.check(this.#table.vips, after.vips);
    return { after, plan };
  }

  #apply(after: Table, { retire, publish }: Plan): void {
    const { settings } = this.#tables.maps;
    let { added, services4, services6 } = readSettings(settings);
    const count = (match: ServiceMatch, change: 1 | -1): void => {
      if (familyOfMatch(match) === 'inet6') services6 += change;
      else services4 += change;
    };
    this.#publisher.begin();
    for (const [key, match] of retire) {
      this.#publisher.retire(key, match);
      count(match, -1);
    }
    const services = [...publish].flatMap(([key, publication]) => {
      const service = findService(after, publication.match);
      return service === undefined ? [] : [{ key, publication, service }];
    });
    this.#interest.add(services.flatMap(({ service }) => addressesOf(service)));
    this.#applyMarks(
      after,
      services.map(({ service }) => service.match),
    );
    writeSources(this.#tables, this.#table.sources, after.sources);
    this.#vips.apply(this.#table.vips, after.vips);
    for (const { key, publication, service } of services) {
      if (!this.#registry.services.has(key)) count(service.match, 1);
      this.#publisher.publish(key, service, publication, ++added);
    }
    // Only what is deleted leaves addresses behind.
    this.#mayForget ||= retire.size > 0 || this.#registry.trash.size > 0;
    this.#strayServers.follow(after, this.#registry);
    writeSettings(settings, {
      services4,
      services6,
      timeouts: stateTimeouts(after.timeouts),
      ...settingsRecord(after.settings),
      marks: after.marks.length,
      version: after.version,
      added,
      generations: this.#registry.generations,
    });
  }

  #tryToTakeBack(): void {
    try {
      this.#takeBack?.();
    } catch (error) {
      this.#options.log.error({ fault: 'change-failed', err: error }, 'a change cannot be taken back yet');
    }
  }

  /** Makes the maps again what the table in force says, whatever of the change they have. */
  #revert(after: Table, { retire, publish }: Plan): void {
    const before = this.#table;
    const { maps } = this.#tables;
    let { added } = readSettings(maps.settings);
    const touched = new Map([...retire, ...Array.from(publish, ([key, { match }]) => [key, match] as const)]);
    this.#publisher.begin();
    for (const [key, match] of touched) {
      const service = findService(before, match);
      if (service === undefined) this.#publisher.retire(key, match);
      else this.#republish(key, service, ++added);
    }
    writeMarks(maps.marks, after.marks, before.marks);
    writeSources(this.#tables, after.sources, before.sources);
    this.#vips.apply(after.vips, before.vips);
    this.#registry.discardStrays();
    this.#mayForget = true;
    this.#strayServers.follow(before, this.#registry);
    const services = countServices(before.services.map(({ match }) => match));
    writeSettings(maps.settings, { ...services, added, generations: this.#registry.generations });
  }

  #republish(key: string, service: TableService, added: number): void {
    const turn = this.#publisher.turn(key, service);
    this.#publisher.publish(key, service, { turn, weights: new Map() }, added);
  }

  #applyMarks(after: Table, published: readonly ServiceMatch[]): void {
    const { marks } = this.#table;
    if (after.marks === marks && !published.some(isMarkMatch)) return;
    this.#mayForget ||= after.marks !== marks;
    this.#interest.add(after.marks.map(({ match }) => addressWords(match.address)));
    if (areMarksForeign(after)) this.#interest.fill();
    writeMarks(this.#tables.maps.marks, marks, after.marks);
  }

  /** An earlier process may have been killed in the middle of a change: what it had written counts. */
  #settle(): void {
    this.#publisher.settle();
    for (const service of this.#table.services) this.#settleScheduler(service);
    const { settings } = this.#tables.maps;
    let { added } = readSettings(settings);
    for (const { record } of this.#registry.services.values()) added = Math.max(added, record.added);
    writeSettings(settings, { ...countServices(this.#table.services.map(({ match }) => match)), added });
  }

  /** Makes anew what a scheduler has been prepared with, if the weights may have changed since. */
  #settleScheduler(service: TableService): void {
    const key = matchKey(service.match);
    const was = this.#publisher.turn(key, service);
    const turn = settledTurn(was, service);
    const prepared = programScheduler(service.scheduler).table !== undefined;
    if (turn !== was || prepared) this.#publisher.publish(key, service, { turn, weights: new Map() }, 0);
  }

  #entry(match: ServiceMatch): ServiceEntry {
    const entry = this.#registry.services.get(matchKey(match));
    if (entry === undefined)
      throw new WeirError('INTERNAL', `service ${matchKey(match)} is in the table but not in the maps`);
    return entry;
  }

  /** Indices at and above these are in no use, so arrays need not be read further. */
  #ends(): { services: number; destinations: number } {
    return { services: this.#registry.serviceIds.end, destinations: this.#registry.destinationIndices.end };
  }

  #estimate(): void {
    if (this.#table.settings.run_estimation === 0) return;
    const { services, destinations } = this.#ends();
    this.#services.estimate(services);
    this.#destinations.estimate(destinations);
  }

  async #background(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#faults.note('work-failed');
      this.#options.log.error({ fault: 'work-failed', err: error }, `${what} failed`);
    }
  }

  /** What depends on the interfaces. @param otherwise others are served than before, or in another way */
  #settleInterfaces(otherwise: boolean): void {
    this.#vips.restore(this.#table.vips, otherwise);
    if (!otherwise) return;
    const virtualXdp = this.#attachments.list.some(
      ({ interface: on, hooks }) => hooks.includes('xdp') && on.kind !== '',
    );
    writeSettings(this.#tables.maps.settings, { noXdpTx: virtualXdp ? 1 : 0 });
  }

  /** What others may have taken away. */
  #inspect(): void {
    if (restorePins(this.#folder, this.#tables)) {
      this.#faults.note('pins-removed');
      this.#options.log.warn(
        { fault: 'pins-removed', where: this.#folder },
        'somebody has removed pins: they are there again',
      );
    }
    this.#attachments.inspect();
    this.#vips.announceDue(this.#table.vips);
    this.#neighbours.look(
      () => new Set(this.#table.services.flatMap(({ destinations }) => destinations.map(({ address }) => address))),
    );
  }
}

function allShards({ shards }: Tables): BpfMap[] {
  return FAMILIES.flatMap((family) => shards[family]);
}

function allPartners({ partners }: Tables): BpfMap[] {
  return FAMILIES.flatMap((family) => partners[family]);
}

function countServices(matches: readonly ServiceMatch[]): { services4: number; services6: number } {
  const services6 = matches.filter((match) => familyOfMatch(match) === 'inet6').length;
  return { services4: matches.length - services6, services6 };
}

/** Ticks between ICMP errors to one receiver, as the kernel's own sysctl has it; 0, no limit, where there is none. */
function icmpInterval(sysctl: string): number {
  try {
    return secondsToTicks(Number(readFileSync(`/proc/sys/net/${sysctl}`, 'utf8')) / 1000);
  } catch {
    return 0;
  }
}

/** What decides beside the table: the machine's addresses as they are now, read when the first destination is added. */
function tableContext(): TableContext {
  let routing: Routing | undefined;
  return {
    schedulers: SCHEDULERS,
    persistenceEngines: new Set(),
    isUnicast: (address) => (routing ??= new Routing(hostSurroundings())).isUnicast(address),
    interfaceMtu,
  };
}
