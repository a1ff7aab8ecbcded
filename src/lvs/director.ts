import type { Connection } from './live-connection.ts';
import { ConnectionTable } from './connection-table.ts';
import type { LiveConnection } from './connection.ts';
import { countersSince } from './counters.ts';
import { Defence, DEFENCE_PERIOD } from './defence.ts';
import { ESTIMATION_PERIOD, ratesOf, stepEstimator } from './estimator.ts';
import { concatBytes } from '../net/bytes.ts';
import { ETHER_TYPE } from '../net/ether-type.ts';
import { newHandling, type Handling } from './handling.ts';
import { forwardHooks, localHooks } from './hooks.ts';
import { receiveFrame, receiveIp } from './host/host.ts';
import { closeConnection, expireUntil } from './lifecycle.ts';
import type { LiveDestination, LiveService } from './live.ts';
import { Marks } from './mark.ts';
import { DEFAULT_TIMEOUTS, type Operation } from './operation.ts';
import type { Packet } from './packet.ts';
import { PathMtu } from './path-mtu.ts';
import { classOf, type Reason } from './reason.ts';
import { Reassembly } from './reassembly.ts';
import { rehearsalOf } from './rehearsal.ts';
import { Roster } from './roster.ts';
import { NOWHERE, Routing, type Surroundings } from './routing.ts';
import type { ServiceMatch } from './service.ts';
import { DEFAULT_SETTINGS, mergeSettings, settingOf, type Settings } from './settings.ts';
import { SourcePorts } from './source-ports.ts';
import { copySignals } from './signals.ts';
import type { State } from './state.ts';
import type { DestinationStatistics, ServiceStatistics } from './statistics.ts';
import { TRASH_PERIOD } from './trash.ts';
import type { Table } from './table.ts';
import type { Decision, OutgoingPacket, Verdict } from './verdict.ts';

export interface DirectorOptions {
  surroundings?: Surroundings;
  /** Names of IPVS sysctls, with or without `net.ipv4.vs.`, and their values. */
  settings?: Readonly<Record<string, number | string>>;
  /** Milliseconds at which the director's clock starts. */
  now?: number;
  /** A whole number from 0 to `below` - 1; `Math.random` if absent. */
  random?: (below: number) => number;
  /** The firewall mark of a packet; 0, none, if absent. */
  mark?: (packet: Readonly<Packet>) => number;
  /** The most connections there can be, templates not counted; no limit if absent. */
  capacity?: number;
}

/** What a hook made of a packet, for a host that has a stack of its own. */
export interface HookOutcome {
  /** `accept` leaves the packet to the host as it now is; `done`: the director has dealt with it. */
  verdict: 'accept' | 'done';
  packet: Packet;
  reason: Reason;
  decisions: Decision[];
  /** What leaves by a way that the director has chosen. */
  sent: OutgoingPacket[];
  /** IP packets that the director has made, such as ICMP errors, which the host has yet to send. */
  own: Uint8Array[];
}

/** Who wants to know what becomes of connections and packets. */
export interface DirectorObserver {
  /** Connections and templates; a new one has no state yet. */
  opened(connection: Connection): void;
  /**
   * @param connection as it was at its end; it expires no more
   * @param evicted dropped to make room, and not at the end of its time
   */
  closed(connection: Connection, evicted: boolean): void;
  /** @param frame from its Ethernet header; of what the director itself sends, as the loopback has it */
  dropped(reason: Reason, frame: Uint8Array): void;
}

/**
 * A director in memory: tables, packets and a clock in, verdicts out. The clock only moves when `advance` is called, and
 * everything that has a time (connections, estimator, trash) then happens in its order.
 */
export class Director {
  /** Packets by reason so far. */
  readonly reasons = new Map<Reason, bigint>();
  readonly #state: OwnState;
  readonly #defence = new Defence();
  readonly #mark: (packet: Packet) => number;
  #dropped: ((reason: Reason, frame: Uint8Array) => void) | undefined;
  /** A rehearsal must not use up chance: it takes the middle of what could be drawn. */
  #rehearses = false;
  readonly #periodic: { period: number; next: number; run: () => void }[];

  constructor(options: DirectorOptions = {}) {
    const { surroundings = NOWHERE, settings = {}, now = 0, random = randomBelow, mark = () => 0 } = options;
    this.#mark = mark;
    const drawn = (below: number): number => (this.#rehearses ? Math.floor(below / 2) : random(below));
    this.#state = newState(surroundings, now, drawn, options.capacity ?? Infinity, {
      deleted: (destination) => this.#expireOf(destination),
    });
    const wanted = Object.entries(settings).map(([name, value]) => settingOf(name, value));
    this.#state.settings = mergeSettings(
      this.#state.settings,
      Object.fromEntries(wanted.map((one) => [one.name, one.value])),
    );
    this.#periodic = [
      { period: ESTIMATION_PERIOD, next: now + ESTIMATION_PERIOD, run: () => this.#estimate() },
      { period: DEFENCE_PERIOD, next: now + DEFENCE_PERIOD, run: () => this.#defence.step(this.#state) },
      { period: TRASH_PERIOD, next: now + TRASH_PERIOD, run: () => this.roster.sweepTrash(this.now) },
    ];
  }

  /** Milliseconds. */
  get now(): number {
    return this.#state.now;
  }

  get routing(): Routing {
    return this.#state.routing;
  }

  get settings(): Settings {
    return this.#state.settings;
  }

  get roster(): Roster {
    return this.#state.roster;
  }

  /** Connections, templates not counted. */
  get used(): number {
    return this.#state.connections.used;
  }

  /** Follows an operation that `applyOperation` has accepted. @param after what the table then says */
  apply(operation: Operation, after: Pick<Table, 'timeouts' | 'daemons' | 'sources'>): void {
    const state = this.#state;
    state.timeouts = after.timeouts;
    state.daemons = after.daemons;
    state.sources.set(after.sources);
    if (operation.do === 'set-settings') state.settings = mergeSettings(state.settings, operation.settings);
    else if (operation.do === 'add-mark') state.marks.add(operation);
    else if (operation.do === 'delete-mark') state.marks.delete(operation.match);
    else this.roster.apply(operation);
  }

  /** One frame, from its Ethernet header, that has come in by an interface now; by `lo`, one that a program of the director sends. */
  receive(frame: Uint8Array, arrived: string): Verdict {
    const handling = newHandling();
    receiveFrame(this.#state, handling, frame, arrived, this.#mark);
    const { reason, frames, decisions } = handling;
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0n) + 1n);
    const action = classOf(reason);
    if (action === 'drop') this.#dropped?.(reason, frame);
    for (const own of handling.ownDrops) this.#dropped?.(own.reason, asOnLoopback(own.packet));
    return { action, reason, frames, decisions };
  }

  /**
   * What would become of an IP packet that came in by an interface now. Nothing is changed, and nothing of it is counted. Where a
   * scheduler draws lots, the verdict is one of those that are possible.
   */
  explain(packet: Uint8Array, arrived: string): Verdict {
    const handling = newHandling();
    this.#rehearses = true;
    try {
      receiveIp(rehearsalOf(this.#state), handling, packet, arrived, this.#mark);
    } finally {
      this.#rehearses = false;
    }
    const { reason, frames, decisions } = handling;
    return { action: classOf(reason), reason, frames, decisions };
  }

  /**
   * One IP packet at a hook of a host that receives, routes and resolves by itself: `local` where it is for the host or comes
   * from it, `forward` where it passes through. The packet is changed in place.
   */
  hook(point: 'local' | 'forward', packet: Packet): HookOutcome {
    const handling: Handling & { packets: OutgoingPacket[] } = { ...newHandling(), packets: [] };
    packet.mark = this.#mark(packet);
    const hooks = point === 'local' ? localHooks : forwardHooks;
    const result = hooks(this.#state, handling, packet);
    const { reason, decisions, packets, own } = handling;
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0n) + 1n);
    const { verdict } = result;
    return { verdict, packet: verdict === 'accept' ? result.packet : packet, reason, decisions, sent: packets, own };
  }

  /** The host has got other addresses or routes. */
  move(surroundings: Surroundings): void {
    this.#state.routing = new Routing(surroundings);
  }

  /** Tells somebody from now on what becomes of connections, or nobody. */
  observe(observer: DirectorObserver | undefined): void {
    this.#state.observer = observer && {
      opened: (one) => observer.opened(viewOf(one, this.now)),
      closed: (one, evicted) => observer.closed({ ...viewOf(one, this.now), expires: 0 }, evicted),
    };
    this.#dropped = observer && ((reason, frame) => observer.dropped(reason, frame));
  }

  /** One IP packet that a program on the director itself sends now. */
  send(packet: Uint8Array): Verdict {
    const handling = newHandling();
    receiveIp(this.#state, handling, packet, 'lo', this.#mark);
    const { reason, frames, decisions } = handling;
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0n) + 1n);
    return { action: classOf(reason), reason, frames, decisions };
  }

  /** Moves the clock; it never goes back. */
  advance(now: number): void {
    for (;;) {
      const next = this.#periodic.reduce((first, one) => (one.next < first.next ? one : first));
      if (next.next > now) break;
      this.#moveTo(next.next);
      next.run();
      next.next += next.period;
    }
    this.#moveTo(now);
  }

  statistics(match: ServiceMatch): ServiceStatistics | undefined {
    const service = this.roster.get(match);
    return service === undefined ? undefined : serviceStatistics(service);
  }

  *connections(): Iterable<Connection> {
    for (const connection of this.#state.connections) yield viewOf(connection, this.now);
  }

  #moveTo(now: number): void {
    expireUntil(this.#state, now);
    this.#state.now = Math.max(this.#state.now, now);
  }

  #estimate(): void {
    if (this.#state.settings.run_estimation === 0) return;
    for (const service of this.roster.services()) {
      stepEstimator(service.estimator, service.tally);
      for (const { estimator, tally } of service.destinations) stepEstimator(estimator, tally);
    }
  }

  /** With expire_nodest_conn, deleting a destination ends all its connections at once, and their templates with the last. */
  #expireOf(destination: LiveDestination): void {
    if (this.#state.settings.expire_nodest_conn === 0) return;
    for (const connection of this.#state.connections) {
      if (connection.destination !== destination || connection.controlled > 0) continue;
      const template = connection.control;
      closeConnection(this.#state, connection);
      if (template?.controlled === 0) closeConnection(this.#state, template);
    }
  }
}

/** The director's own state, whose services can be changed. */
type OwnState = State & { readonly roster: Roster };

function newState(
  surroundings: Surroundings,
  now: number,
  random: (below: number) => number,
  capacity: number,
  events: ConstructorParameters<typeof Roster>[1],
): OwnState {
  const state: OwnState = {
    now,
    settings: DEFAULT_SETTINGS,
    routing: new Routing(surroundings),
    roster: new Roster(
      {
        now: () => state.now,
        random,
        lblcExpiration: () => state.settings.lblc_expiration,
        lblcrExpiration: () => state.settings.lblcr_expiration,
      },
      events,
    ),
    connections: new ConnectionTable(),
    capacity,
    fullAt: undefined,
    reassembly: new Reassembly(),
    pathMtu: new PathMtu(),
    timeouts: DEFAULT_TIMEOUTS,
    daemons: [],
    marks: new Marks(),
    sources: new SourcePorts(),
    nextIdentification: random(0x10000),
    untilShed: 1,
    observer: undefined,
    random,
  };
  return state;
}

function viewOf(one: LiveConnection, now: number): Connection {
  return {
    protocol: one.protocol,
    state: one.state,
    expires: Math.max(one.expiresAt - now, 0),
    client: { address: one.client, port: one.clientPort },
    virtual: { address: one.virtual, port: one.virtualPort },
    destination: { address: one.server, port: one.serverPort },
    template: one.template,
    ...(one.source === undefined ? {} : { source: one.source }),
    ...(one.engine === undefined ? {} : { engine: one.engine }),
  };
}

function serviceStatistics(service: LiveService): ServiceStatistics {
  return {
    match: service.config.match,
    counters: countersSince(service.tally, service.zero),
    rates: ratesOf(service.estimator),
    destinations: service.destinations.map(destinationStatistics),
  };
}

function destinationStatistics(destination: LiveDestination): DestinationStatistics {
  return {
    id: { address: destination.address, port: destination.port },
    active: destination.active,
    inactive: destination.inactive,
    persistent: destination.persistent,
    signals: copySignals(destination.signals),
    counters: countersSince(destination.tally, destination.zero),
    rates: ratesOf(destination.estimator),
  };
}

/** A packet of the director's own as a frame of the loopback, which has no addresses. */
function asOnLoopback(packet: Uint8Array): Uint8Array {
  const type = packet[0]! >> 4 === 4 ? ETHER_TYPE.ipv4 : ETHER_TYPE.ipv6;
  return concatBytes(new Uint8Array(12), Uint8Array.of(type >> 8, type & 0xff), packet);
}

function randomBelow(below: number): number {
  return Math.floor(Math.random() * below);
}
