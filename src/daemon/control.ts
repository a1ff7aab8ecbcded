import { WeirError } from '../base/error.ts';
import type {
  Connection,
  Engine,
  EngineEvent,
  EventRequest,
  ExplainRequest,
  ServiceStatistics,
} from '../engine/engine.ts';
import type { FaultCounts } from '../engine/faults.ts';
import type { EngineLog } from '../engine/options.ts';
import { formatRules } from '../ipvsadm/rules.ts';
import { tableDifference } from '../lvs/difference.ts';
import type { Operation, Timeouts } from '../lvs/operation.ts';
import type { ServiceMatch } from '../lvs/service.ts';
import type { Table } from '../lvs/table.ts';
import type { Verdict } from '../lvs/verdict.ts';
import { applyEach } from './apply-each.ts';
import { Mutex } from './mutex.ts';
import { withRule } from './refused-rule.ts';
import { savedTable } from './saved-table.ts';
import { readStateFile, writeStateFile } from './state-file.ts';
import type { DirectorStatus, OperationsReply, RestoreReply, RestoreRequest, SaveReply, VersionReply } from './wire.ts';

export interface ControlOptions {
  engine: Engine;
  /** Where `save` writes and `restore` reads. */
  rulesFile: string;
  log: EngineLog;
  /** What has befallen the daemon itself. */
  faults: FaultCounts;
  /** What `status` says about the process. */
  director: DirectorStatus['director'];
}

/**
 * What can be asked of a director, whatever the way in. Changes run one after another; reads do not wait for them.
 * The engine's table is the only truth: nothing of it is kept here.
 */
export class Control {
  readonly #engine: Engine;
  readonly #rulesFile: string;
  readonly #log: EngineLog;
  readonly #faults: FaultCounts;
  readonly #director: DirectorStatus['director'];
  readonly #changes = new Mutex();
  readonly #stopping = new AbortController();

  constructor({ engine, rulesFile, log, faults, director }: ControlOptions) {
    this.#engine = engine;
    this.#rulesFile = rulesFile;
    this.#log = log;
    this.#faults = faults;
    this.#director = director;
  }

  table(): Promise<Table> {
    return this.#engine.table();
  }

  statistics(): Promise<ServiceStatistics[]> {
    return this.#engine.statistics();
  }

  connections(): AsyncIterable<Connection> {
    return this.#engine.connections();
  }

  explain(request: ExplainRequest): Promise<Verdict> {
    return this.#engine.explain(request);
  }

  /** Until the reader leaves, or the director stops. */
  async *events(request: EventRequest): AsyncGenerator<EngineEvent> {
    const events = this.#engine.events(request)[Symbol.asyncIterator]();
    const end = () => void events.return?.();
    this.#stopping.signal.addEventListener('abort', end);
    try {
      for (let next = await events.next(); next.done !== true; next = await events.next()) yield next.value;
    } finally {
      this.#stopping.signal.removeEventListener('abort', end);
      end();
    }
  }

  /** Ends what would never end by itself: subscriptions to events. */
  stop(): void {
    this.#stopping.abort();
  }

  async zero(match?: ServiceMatch): Promise<void> {
    await this.#changes.run(() => this.#engine.zero(match));
  }

  async status(): Promise<DirectorStatus> {
    const [status, { version, services }] = await Promise.all([this.#engine.status(), this.#engine.table()]);
    const destinations = services.reduce((sum, service) => sum + service.destinations.length, 0);
    return {
      ...status,
      faults: [...status.faults, ...this.#faults.list()],
      director: this.#director,
      table: { version, services: services.length, destinations },
    };
  }

  /** All operations or none. @throws WeirError the first refusal, VERSION_CONFLICT */
  async transaction(operations: readonly Operation[], expectedVersion?: number): Promise<VersionReply> {
    return await this.#changes.run(() => this.#commit(operations, expectedVersion));
  }

  /** Each operation by itself, refused ones left out; no other change comes in between. */
  async operations(operations: readonly Operation[]): Promise<OperationsReply> {
    return await this.#changes.run(async () => {
      const results = await applyEach(operations, (some) => this.#commit(some));
      const { version } = await this.#engine.table();
      return { results: results.map((error) => error?.toJSON() ?? null), version };
    });
  }

  async timeouts(): Promise<Timeouts> {
    return (await this.#engine.table()).timeouts;
  }

  /** The table in force as the text of `weir save`. */
  async rules(): Promise<string> {
    return formatRules(await this.#engine.table());
  }

  /** Writes the table in force to the director's own file. @throws WeirError STATE_UNWRITABLE */
  async save(): Promise<SaveReply> {
    return await this.#changes.run(async () => {
      const table = await this.#engine.table();
      await writeStateFile(this.#rulesFile, formatRules(table));
      this.#log.info({ path: this.#rulesFile, services: table.services.length }, 'saved the rules');
      return { path: this.#rulesFile, services: table.services.length };
    });
  }

  /**
   * Makes the table that of the rules, in one transaction that touches only what differs. With `dryRun` it only says what the
   * transaction would be, after the engine has been asked whether it would take it.
   * @throws WeirError RULES_INVALID, STATE_UNREADABLE, or the engine's refusal; then nothing has changed
   */
  async restore({ rules, source = 'the rules', dryRun = false }: RestoreRequest): Promise<RestoreReply> {
    const wanted = rules === undefined ? await this.#savedTable() : await savedTable(rules, source);
    return await this.#changes.run(async () => {
      const present = await this.#engine.table();
      const operations = tableDifference(present, wanted);
      try {
        if (dryRun) await this.#engine.check(operations, present.version);
        if (dryRun || operations.length === 0) return { operations, version: present.version };
        return { operations, ...(await this.#commit(operations, present.version)) };
      } catch (error) {
        throw await withRule(error, operations, (some) => this.#engine.check(some));
      }
    });
  }

  /** Resolves when no change is under way. */
  async idle(): Promise<void> {
    await this.#changes.idle();
  }

  async #savedTable(): Promise<Table> {
    const text = await readStateFile(this.#rulesFile);
    if (text !== undefined) return await savedTable(text, this.#rulesFile);
    throw new WeirError('STATE_UNREADABLE', 'there are no saved rules', {
      where: this.#rulesFile,
      fix: 'save them first with `weir save`',
    });
  }

  async #commit(operations: readonly Operation[], expectedVersion?: number): Promise<VersionReply> {
    const { version } = await this.#engine.commit(operations, expectedVersion);
    this.#log.info({ operations: operations.length, version }, 'changed the table');
    return { version };
  }
}
