import type { Connection } from '../lvs/live-connection.ts';
import type { DestinationId } from '../lvs/service.ts';

/** What an engine tells while it forwards. `at`: milliseconds on the engine's clock, UTC for one that really runs. */
export type EngineEvent =
  | { kind: 'new' | 'closed' | 'evicted'; at: number; connection: Connection }
  | { kind: 'dropped'; at: number; reason: string; packet: DroppedPacket }
  /** So many events before the next one could not be told: the reader was too slow, or there were more than its rate. */
  | { kind: 'lost'; at: number; events: number };

/** `evicted`: dropped to make room, and not at the end of its time. */
export const EVENT_KINDS = ['new', 'closed', 'evicted', 'dropped'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** What could be read of a packet that was dropped. */
export interface DroppedPacket {
  protocol?: string;
  source?: DestinationId;
  destination?: DestinationId;
  /** From the Ethernet header on. */
  bytes: number;
}

export interface EventRequest {
  /** All if absent. */
  kinds?: readonly EventKind[];
  /** Only events for which it is true; before sampling. */
  wanted?: (event: EngineEvent) => boolean;
  /** Every so many-th event is told; 1 if absent. */
  sample?: number;
  /** The most events a second; no limit if absent. */
  rate?: number;
  /** How many events wait for a slow reader; what comes then is lost, and counted. */
  queue?: number;
}

/** What all readers together need of an engine, so that it tells no more than that. */
export interface EventWish {
  /** All if absent. */
  kinds: readonly EventKind[] | undefined;
  /** Every so many-th of a kind is enough for everybody. */
  sample: number;
}

const DEFAULT_QUEUE = 1024;

/**
 * Hands events to those who have subscribed. A reader that is too slow holds up nobody: it loses events and is told how many.
 */
export class EventHub {
  readonly #subscriptions = new Set<Subscription>();
  readonly #wanted: (wish: EventWish | undefined) => void;
  readonly #now: () => number;

  /**
   * @param wanted called whenever what is wanted changes; undefined: nothing, as at first
   * @param now milliseconds, for `lost` events and rates
   */
  constructor(wanted: (wish: EventWish | undefined) => void, now: () => number) {
    this.#wanted = wanted;
    this.#now = now;
  }

  /** Begins at once; ends when the reader returns, or at `close`. */
  subscribe(request: EventRequest = {}): AsyncIterableIterator<EngineEvent> {
    const subscription = new Subscription(request, this.#now, () => {
      if (this.#subscriptions.delete(subscription)) this.#wanted(this.#wish());
    });
    this.#subscriptions.add(subscription);
    this.#wanted(this.#wish());
    return subscription;
  }

  /** @param every how many of its kind the event stands for, where the engine has left out others */
  publish(event: EngineEvent, every = 1): void {
    for (const subscription of this.#subscriptions) subscription.offer(event, every);
  }

  /** So many events could not be told to anybody. */
  lose(events: number): void {
    for (const subscription of this.#subscriptions) subscription.lose(events);
  }

  /** Ends every subscription after what waits in it. */
  close(): void {
    for (const subscription of this.#subscriptions) subscription.end();
  }

  /** A filter comes before sampling, so whoever has one needs every event. */
  #wish(): EventWish | undefined {
    const requests = Array.from(this.#subscriptions, ({ request }) => request);
    if (requests.length === 0) return undefined;
    const all = requests.some(({ kinds }) => kinds === undefined);
    const samples = requests.map(({ sample = 1, wanted }) => (wanted === undefined ? sample : 1));
    return {
      kinds: all ? undefined : [...new Set(requests.flatMap(({ kinds = [] }) => kinds))],
      sample: samples.reduce(commonDivisor),
    };
  }
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

type Result = IteratorResult<EngineEvent, undefined>;

class Subscription implements AsyncIterableIterator<EngineEvent> {
  readonly request: EventRequest;
  readonly #now: () => number;
  readonly #ended: () => void;
  readonly #queue: EngineEvent[] = [];
  #waiting: ((result: Result) => void) | undefined;
  #isOver = false;
  #lost = 0;
  #untilNext = 1;
  /** Events that may still be told, and when that was so. */
  #allowance: { left: number; at: number };

  constructor(request: EventRequest, now: () => number, ended: () => void) {
    this.request = request;
    this.#now = now;
    this.#ended = ended;
    this.#allowance = { left: request.rate ?? 0, at: now() };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  offer(event: EngineEvent, every: number): void {
    const { kinds, wanted, sample = 1, queue = DEFAULT_QUEUE } = this.request;
    if (this.#isOver || !isOf(kinds, event) || wanted?.(event) === false) return;
    this.#untilNext -= every;
    if (this.#untilNext > 0) return;
    this.#untilNext = Math.max(1, this.#untilNext + sample);
    if (this.#queue.length >= queue || !this.#isAllowed()) {
      this.#lost++;
      return;
    }
    if (this.#lost > 0) this.#tell(this.#losses());
    this.#tell(event);
  }

  lose(events: number): void {
    if (this.#isOver) return;
    this.#lost += events;
    if (this.#waiting !== undefined) this.#tell(this.#losses());
  }

  async next(): Promise<Result> {
    const value = this.#queue.shift() ?? (this.#lost > 0 ? this.#losses() : undefined);
    if (value !== undefined) return { value };
    if (this.#isOver) return OVER;
    return await new Promise<Result>((resolve) => (this.#waiting = resolve));
  }

  async return(): Promise<Result> {
    this.#queue.length = 0;
    this.#lost = 0;
    this.end();
    return OVER;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ended();
    this.#waiting?.(OVER);
    this.#waiting = undefined;
  }

  #tell(event: EngineEvent): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#queue.push(event);
    else waiting({ value: event });
  }

  #losses(): EngineEvent {
    const events = this.#lost;
    this.#lost = 0;
    return { kind: 'lost', at: this.#now(), events };
  }

  /** A bucket that holds the events of a second and fills at the rate. */
  #isAllowed(): boolean {
    const { rate } = this.request;
    if (rate === undefined) return true;
    const now = this.#now();
    const left = Math.min(rate, this.#allowance.left + ((now - this.#allowance.at) * rate) / 1000);
    this.#allowance = { left: left >= 1 ? left - 1 : left, at: now };
    return left >= 1;
  }
}

const OVER: Result = { done: true, value: undefined };

function isOf(kinds: readonly EventKind[] | undefined, { kind }: EngineEvent): boolean {
  return kinds === undefined || kind === 'lost' || kinds.includes(kind);
}
