import { join } from 'node:path';
import { WeirError } from '../../base/error.ts';
import { secondsTaiIsAhead } from '../../kernel/clocks.ts';
import { unmountBpffs } from '../../kernel/bpffs.ts';
import { lockFolder } from '../../kernel/folder-lock.ts';
import { hasOwnMounts } from '../../kernel/mounts.ts';
import { allowOpenFiles } from '../../kernel/open-files.ts';
import { OwnAddresses } from '../../kernel/own-addresses.ts';
import { readSysctl } from '../../kernel/sysctl.ts';
import { HeldNamespace } from '../../kernel/visit-namespace.ts';
import { ESTIMATION_PERIOD } from '../../lvs/estimator.ts';
import type { Connection } from '../../lvs/live-connection.ts';
import { DEFAULT_TIMEOUTS, type Operation } from '../../lvs/operation.ts';
import { type ServiceMatch, matchKey } from '../../lvs/service.ts';
import type { ServiceStatistics } from '../../lvs/statistics.ts';
import { type Table, emptyTable, findService } from '../../lvs/table.ts';
import type { Verdict } from '../../lvs/verdict.ts';
import type { Engine, EngineEvent, EngineStatus, EventRequest, ExplainRequest } from '../engine.ts';
import { EventHub } from '../events.ts';
import { FaultCounts } from '../faults.ts';
import { DEFAULT_REAL_SERVERS, type EngineOptions } from '../options.ts';
import { Background } from './background.ts';
import { readBack } from './rules/adopt.ts';
import { requireInterfaces } from './interfaces/attachments.ts';
import { nanosecondsNow, secondsToTicks } from './maps/clock.ts';
import { inParts } from './maps/in-parts.ts';
import { readConnections } from './show/connections.ts';
import { Explainer } from './show/explainer.ts';
import { surveyEngine } from './show/facts.ts';
import { Figures } from './show/figures.ts';
import { Journal } from './rules/journal.ts';
import { LOCALITY_PERIOD, Localities } from './programs/localities.ts';
import { Observer } from './show/observer.ts';
import { type Programs, loadPrograms } from './programs/programs.ts';
import { Origins } from './rules/origins.ts';
import { Publisher } from './rules/publisher.ts';
import { readReasons } from './show/reasons.ts';
import type { Registry } from './maps/registry.ts';
import { Rules } from './rules/rules.ts';
import { type Round, Sweeper } from './programs/sweeper.ts';
import { PIN_LAYOUT, type Tables, allTables, openTables, readSettings, writeSettings } from './maps/tables.ts';
import { stateTimeouts } from './rules/timeouts.ts';
import { Trash } from './rules/trash.ts';
import { Upkeep } from './interfaces/upkeep.ts';
import { Vips } from './interfaces/vips.ts';

/** Services and destinations there can be; connections are an option. */
const MOST_SERVICES = 16_384;
const SWEEP_PERIOD = 1000;
/** Destinations whose way is asked for anew with each sweep, a few microseconds each. */
const SOURCES_A_SWEEP = 500;
const SOURCES_AT_ONCE = 50;

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
  allowOpenFiles();
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
  if (hasOwnMounts())
    options.log.warn(
      {
        where: folder,
        fix: 'start it with the mounts of the host: `nsenter --net=/run/netns/NAME` instead of `ip netns exec NAME`',
      },
      'this process has a mount namespace of its own: if it is killed, tables and programs may go with it, and nothing is forwarded',
    );
  const tables = openTables(folder, {
    connections: options.connections,
    services: MOST_SERVICES,
    destinations: options.realServers ?? DEFAULT_REAL_SERVERS,
  });
  const started: (() => void)[] = [];
  try {
    const programs = await loadPrograms(tables, options.hook === 'xdp');
    started.push(() => programs.close());
    const engine = new EbpfEngine(folder, tables, programs, options, unlock);
    engine.start();
    return engine;
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
  readonly #registry: Registry;
  readonly #rules: Rules;
  readonly #publisher: Publisher;
  readonly #figures: Figures;
  readonly #sweeper: Sweeper;
  readonly #trash: Trash;
  readonly #localities: Localities;
  readonly #upkeep: Upkeep;
  readonly #faults = new FaultCounts();
  readonly #background: Background;
  /** Where everything that asks the host is done: calls and timers may find this thread elsewhere. */
  readonly #home = new HeldNamespace();
  readonly #ownAddresses = new OwnAddresses();
  readonly #explainer: Explainer;
  readonly #hub: EventHub;
  readonly #observer: Observer;
  #timers: NodeJS.Timeout[] = [];

  constructor(folder: string, tables: Tables, programs: Programs, options: EngineOptions, unlock: () => void) {
    const { maps } = tables;
    const { log } = options;
    this.#folder = folder;
    this.#unlock = unlock;
    this.#tables = tables;
    this.#programs = programs;
    this.#options = options;
    this.#background = new Background(this.#faults, log);
    if (tables.fresh) writeSettings(maps.settings, { timeouts: stateTimeouts(DEFAULT_TIMEOUTS) });
    const vips = new Vips(join(options.runFolder, 'vips'), this.#faults, log);
    const { table, registry } = readBack(tables, vips.adopt());
    this.#registry = registry;
    this.#figures = new Figures(tables, registry);
    this.#sweeper = new Sweeper(tables, programs);
    this.#publisher = new Publisher(tables, registry, this.#ownAddresses, {
      service: (id) => this.#figures.zeroService(id),
      destination: (index) => this.#figures.zeroDestination(index),
      thresholds: (index) => this.#sweeper.mend(index),
    });
    const origins = new Origins(tables);
    this.#trash = new Trash(registry, this.#publisher, origins, () => this.#now());
    const journal = new Journal(join(options.runFolder, 'change'), log);
    // Of tables that are no more.
    if (tables.fresh) journal.end();
    this.#rules = new Rules(tables.fresh ? { ...emptyTable(), vips: table.vips } : table, {
      tables,
      registry,
      publisher: this.#publisher,
      origins,
      vips,
      journal,
      makeRoom: () => this.#trash.empty(),
      faults: this.#faults,
      log,
    });
    this.#localities = new Localities(tables);
    this.#hub = new EventHub((wish) => this.#observer.want(wish), Date.now);
    this.#observer = new Observer(tables, this.#hub);
    if (!tables.fresh) {
      this.#rules.settle();
      this.#rules.takeBackUnfinished();
    }
    this.#upkeep = new Upkeep({
      folder,
      home: this.#home,
      tables,
      programs,
      options,
      vips,
      faults: this.#faults,
      table: () => this.#rules.table,
      hasLocalServers: () => this.#publisher.hasLocalServers,
      hasMasqueradedServers: (family) => this.#publisher.hasMasqueradedServers(family),
    });
    this.#explainer = new Explainer(tables, registry, {
      ownAddresses: this.#ownAddresses,
      attachments: this.#upkeep.attachments,
    });
  }

  /** Attaches the programs and starts the periodic work. */
  start(): void {
    // An earlier process may have died while somebody observed.
    writeSettings(this.#tables.maps.settings, {
      observed: 0,
      observeEvery: 1,
      icmpInterval4: icmpInterval('ipv4/icmp_ratelimit'),
      icmpInterval6: icmpInterval('ipv6/icmp/ratelimit'),
      taiAhead: secondsTaiIsAhead(),
    });
    this.#upkeep.start();
    if (!this.#tables.fresh)
      this.#options.log.info(
        { services: this.#rules.table.services.length },
        'took over the tables of an earlier process',
      );
    this.#timers = [
      setInterval(() => void this.#background.attempt('sweep', () => this.sweep(true)), SWEEP_PERIOD),
      setInterval(
        () => void this.#background.attempt('forget addresses', () => this.forgetLocalities()),
        LOCALITY_PERIOD,
      ),
      setInterval(() => void this.#background.attempt('estimate', () => this.#estimate()), ESTIMATION_PERIOD),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  table(): Promise<Table> {
    return Promise.resolve(this.#rules.table);
  }

  async commit(operations: readonly Operation[], expectedVersion?: number): Promise<Table> {
    return await this.#withRoom(() => {
      const table = this.#rules.commit(operations, expectedVersion);
      this.#upkeep.followOwnTraffic();
      // Connections of what was deleted end at once, not with the next second.
      if (table.settings.expire_nodest_conn !== 0) void this.#background.attempt('sweep', () => this.sweep());
      return table;
    });
  }

  async check(operations: readonly Operation[], expectedVersion?: number): Promise<Table> {
    return await this.#withRoom(() => this.#rules.check(operations, expectedVersion));
  }

  async statistics(): Promise<ServiceStatistics[]> {
    return await Promise.resolve(this.#figures.of(this.#rules.table.services));
  }

  connections(): AsyncIterable<Connection> {
    return readConnections(this.#tables);
  }

  zero(match?: ServiceMatch): Promise<void> {
    if (match !== undefined && findService(this.#rules.table, match) === undefined) {
      return Promise.reject(
        new WeirError('SERVICE_UNKNOWN', `there is no service ${matchKey(match)}`, { errno: 'ESRCH' }),
      );
    }
    const keys = match === undefined ? this.#registry.services.keys() : [matchKey(match)];
    for (const key of keys) this.#figures.zero(key);
    return Promise.resolve();
  }

  async status(): Promise<EngineStatus> {
    const round = await this.sweep();
    const surveyed = {
      tables: this.#tables,
      registry: this.#registry,
      upkeep: this.#upkeep,
      pins: join(this.#folder, PIN_LAYOUT),
    };
    return {
      engine: this.name,
      ...surveyEngine(surveyed, round),
      reasons: readReasons(this.#tables.maps.reasons),
      faults: this.#faults.list(),
      strangers: await this.#home.visit(() => this.#upkeep.attachments.allStrangers()),
    };
  }

  /**
   * One round of the sweeper now: ends what is over, mends counters, frees what deleted destinations held.
   * @param defend drop unfinished connections too, where drop_entry is on
   */
  async sweep(defend = false): Promise<Round> {
    this.#home.visit(() => this.#rules.tryToTakeBack());
    const deleted = this.#trash.indices();
    const round = await this.#sweeper.round(this.#registry.destinationIndices.end, defend);
    for await (const { count } of inParts(SOURCES_A_SWEEP, SOURCES_AT_ONCE)) this.#publisher.refreshSources(count);
    this.#trash.afterRound(deleted, round.used);
    await this.#rules.forgetAddresses();
    this.#upkeep.followOwnTraffic();
    return round;
  }

  /** Takes away now what lblc and lblcr remember for nothing. */
  async forgetLocalities(): Promise<void> {
    const { clockAhead } = readSettings(this.#tables.maps.settings);
    const records = [...this.#registry.services.values()].map(({ record }) => record);
    await this.#localities.sweep(records, nanosecondsNow(clockAhead));
  }

  /** Moves the clock of packets and sweeper ahead, for tests. Milliseconds; negative: back, by no more than has just passed. */
  advanceClock(milliseconds: number): void {
    const { clockAhead } = readSettings(this.#tables.maps.settings);
    writeSettings(this.#tables.maps.settings, { clockAhead: clockAhead + BigInt(Math.round(milliseconds * 1e6)) });
  }

  /** Resolves when the sweeper rests, for tests: a round in which the clock moves judges connections by one time, templates by another. */
  async swept(): Promise<void> {
    await this.#sweeper.idle();
  }

  /** Tells those who observe now what the programs have told until now, for tests; else it comes within 20 ms. */
  tellEvents(): void {
    while (this.#observer.read() > 0);
  }

  async explain(request: ExplainRequest): Promise<Verdict> {
    return await this.#explainer.explain(request, this.#rules.table.services);
  }

  events(request?: EventRequest): AsyncIterable<EngineEvent> {
    return this.#hub.subscribe(request);
  }

  async close({ keep }: { keep: boolean }): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#upkeep.rest();
    await this.#sweeper.idle();
    this.#sweeper.close();
    await this.#figures.idle();
    this.#hub.close();
    this.#observer.close();
    if (!keep) this.#upkeep.remove();
    this.#upkeep.close();
    this.#programs.close();
    await this.#explainer.close();
    this.#ownAddresses.close();
    this.#registry.pages.close();
    for (const map of allTables(this.#tables)) map.close();
    if (!keep) unmountBpffs(this.#folder);
    this.#home.close();
    this.#unlock();
  }

  /** Milliseconds on the programs' clock. */
  #now(): number {
    return Number((process.hrtime.bigint() + readSettings(this.#tables.maps.settings).clockAhead) / 1_000_000n);
  }

  async #estimate(): Promise<void> {
    if (this.#rules.table.settings.run_estimation !== 0) await this.#figures.estimate();
  }

  /**
   * Once more, where there is no room before the sweeper has seen which of the deleted destinations are without a connection.
   * @param change not one await in it: no other call sees it half done
   */
  async #withRoom(change: () => Table): Promise<Table> {
    try {
      return this.#home.visit(change);
    } catch (error) {
      const full = error instanceof WeirError && error.code === 'ENGINE_FULL';
      if (!full || this.#registry.trash.size === 0) throw error;
    }
    await this.sweep();
    return this.#home.visit(change);
  }
}

/** Ticks between ICMP errors to one receiver, as the kernel's own sysctl has it; 0, no limit, where there is none. */
function icmpInterval(sysctl: string): number {
  return secondsToTicks(Number(readSysctl(`net/${sysctl}`) ?? 0) / 1000);
}
