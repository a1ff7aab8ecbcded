import { WeirError } from '../../base/error.ts';
import { Director, type DirectorOptions } from '../../lvs/director.ts';
import type { Operation } from '../../lvs/operation.ts';
import { classOf } from '../../lvs/reason.ts';
import { SCHEDULER_NAMES } from '../../lvs/schedulers/index.ts';
import { matchKey, type ServiceMatch } from '../../lvs/service.ts';
import { applyOperations, emptyTable, findService, type Table, type TableContext } from '../../lvs/table.ts';
import { readPacket } from '../../lvs/packet.ts';
import type { Reason } from '../../lvs/reason.ts';
import type { Verdict } from '../../lvs/verdict.ts';
import type { Connection, Engine, EngineStatus, ExplainRequest, ServiceStatistics } from '../engine.ts';
import { EventHub, type EngineEvent, type EventRequest } from '../events.ts';
import { droppedPacket } from './dropped-packet.ts';

export interface ModelEngineOptions extends Omit<DirectorOptions, 'now'> {
  /** Milliseconds; `Date.now` if absent. */
  clock?: () => number;
  /** What decides whether an operation is accepted, in place of what the surroundings and the schedulers of the model say. */
  context?: Partial<TableContext>;
}

/** The specification behind the engine interface: forwards what it is given in memory and touches nothing else. */
export class ModelEngine implements Engine {
  readonly name = 'model';
  readonly #director: Director;
  readonly #clock: () => number;
  readonly #context: TableContext;
  readonly #capacity: number;
  readonly #hub: EventHub;
  #table: Table;

  constructor({ clock = Date.now, context = {}, ...options }: ModelEngineOptions = {}) {
    this.#capacity = options.capacity ?? Number.MAX_SAFE_INTEGER;
    this.#clock = clock;
    this.#director = new Director({ ...options, now: clock() });
    this.#hub = new EventHub((wish) => this.#observe(wish !== undefined), clock);
    const { routing } = this.#director;
    this.#table = emptyTable(this.#director.settings);
    this.#context = {
      schedulers: SCHEDULER_NAMES,
      persistenceEngines: new Set(['sip']),
      isUnicast: (address) => routing.isUnicast(address),
      interfaceMtu: (name) => routing.surroundings.interfaces[name]?.mtu,
      ...context,
    };
  }

  /** The director itself, with its clock moved to now: packets go in here. */
  get director(): Director {
    this.#director.advance(this.#clock());
    return this.#director;
  }

  /** The table as it is now. */
  get rules(): Table {
    return this.#table;
  }

  async table(): Promise<Table> {
    return this.#table;
  }

  async commit(operations: readonly Operation[], expectedVersion?: number): Promise<Table> {
    const next = this.#after(operations, expectedVersion);
    const { director } = this;
    for (const operation of operations) director.apply(operation, next);
    this.#table = next;
    return next;
  }

  async check(operations: readonly Operation[], expectedVersion?: number): Promise<Table> {
    return this.#after(operations, expectedVersion);
  }

  async statistics(): Promise<ServiceStatistics[]> {
    const { director } = this;
    return this.#table.services.flatMap(({ match }) => director.statistics(match) ?? []);
  }

  async *connections(): AsyncIterable<Connection> {
    yield* this.director.connections();
  }

  async zero(match?: ServiceMatch): Promise<void> {
    if (match !== undefined && findService(this.#table, match) === undefined) {
      throw new WeirError('SERVICE_UNKNOWN', 'No such service', { errno: 'ESRCH', found: matchKey(match) });
    }
    this.director.roster.zero(match);
  }

  async status(): Promise<EngineStatus> {
    return {
      engine: this.name,
      facts: [{ name: 'forwarding', value: 'in memory only: no packet of this machine is touched' }],
      connections: { used: this.director.used, size: this.#capacity },
      reasons: Array.from(this.#director.reasons, ([reason, packets]) => ({
        reason,
        verdict: classOf(reason),
        packets,
      })),
      faults: [],
      strangers: [],
    };
  }

  async explain({ packet, interface: given }: ExplainRequest): Promise<Verdict> {
    const { director } = this;
    const { interfaces } = director.routing.surroundings;
    if (given !== undefined && interfaces[given] === undefined) {
      throw new WeirError('INTERFACE_UNKNOWN', `the director has no interface ${given}`, {
        expected: Object.keys(interfaces).join(', '),
        found: given,
      });
    }
    return director.explain(packet, given ?? this.#arrivalOf(packet) ?? '');
  }

  events(request?: EventRequest): AsyncIterable<EngineEvent> {
    return this.#hub.subscribe(request);
  }

  /** Nothing is held that could be kept. */
  async close(): Promise<void> {
    this.#hub.close();
  }

  /** The interface by which a packet to its source would leave, `lo` for one of this host's own; else the first that is not the loopback. */
  #arrivalOf(bytes: Uint8Array): string | undefined {
    const { routing } = this.#director;
    const packet = readPacket(bytes);
    const back = typeof packet === 'string' ? undefined : routing.lookup(packet.source);
    if (back?.kind === 'unicast') return back.interface;
    if (back?.kind === 'local') return 'lo';
    return Object.keys(routing.surroundings.interfaces).find((name) => name !== 'lo');
  }

  #observe(isWanted: boolean): void {
    const tell = (kind: 'new' | 'closed' | 'evicted', connection: Connection): void =>
      this.#hub.publish({ kind, at: this.#director.now, connection });
    this.#director.observe(
      isWanted
        ? {
            opened: (connection) => tell('new', connection),
            closed: (connection, evicted) => tell(evicted ? 'evicted' : 'closed', connection),
            dropped: (reason, frame) => this.#dropped(reason, frame),
          }
        : undefined,
    );
  }

  /** A fragment that waits for the others is not lost. */
  #dropped(reason: Reason, frame: Uint8Array): void {
    if (reason === 'fragment-held') return;
    this.#hub.publish({ kind: 'dropped', at: this.#director.now, reason, packet: droppedPacket(frame) });
  }

  #after(operations: readonly Operation[], expectedVersion?: number): Table {
    return applyOperations(this.#table, operations, this.#context, expectedVersion);
  }
}

/** Opens the specification as an engine, with an empty table. */
export async function openModelEngine(options: ModelEngineOptions = {}): Promise<ModelEngine> {
  return new ModelEngine(options);
}
