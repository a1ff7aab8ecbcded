import { EVENT_KIND, TELLER_SIZE, readTellerRecord } from '../../../kernel/abi.generated.ts';
import { possibleCpus } from '../../../kernel/bpf-map.ts';
import { RingBuffer } from '../../../kernel/ring-buffer.ts';
import { EVENT_KINDS, type EventHub, type EventWish } from '../../events.ts';
import { describeEvent } from './event-record.ts';
import { type Tables, viewOf, writeSettings } from '../maps/tables.ts';

/** Milliseconds between two looks at what the programs have told, while somebody observes. */
const PERIOD = 20;
/** Events that are taken at once: so long, about 10 ms, other requests wait. */
const MOST = 2048;
/** Tellers of each processor: of its packets, and of the sweeper. */
const TELLERS = 2;
const BIT = {
  new: 1 << EVENT_KIND.NEW,
  closed: 1 << EVENT_KIND.CLOSED,
  evicted: 1 << EVENT_KIND.EVICTED,
  dropped: 1 << EVENT_KIND.DROPPED,
} as const;

/**
 * Hands what the programs tell to those who have subscribed. While nobody has, the programs tell nothing and nothing runs here.
 * Programs do not wait for user space: what finds no room in the ring they count.
 */
export class Observer {
  readonly #tables: Tables;
  readonly #hub: Pick<EventHub, 'publish' | 'lose'>;
  #ring: RingBuffer | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Milliseconds of the monotonic clock at 1970. */
  #epoch = 0;
  #lost = 0n;

  constructor(tables: Tables, hub: Pick<EventHub, 'publish' | 'lose'>) {
    this.#tables = tables;
    this.#hub = hub;
  }

  /** What is wanted from now on; undefined: nothing any more. */
  want(wish: EventWish | undefined): void {
    const { maps } = this.#tables;
    if (wish === undefined) {
      this.close();
      return;
    }
    if (this.#ring === undefined) this.#begin();
    const observed = (wish.kinds ?? EVENT_KINDS).reduce((bits, kind) => bits | BIT[kind], 0);
    writeSettings(maps.settings, { observed, observeEvery: wish.sample });
  }

  /** Nobody observes any more. */
  close(): void {
    clearInterval(this.#timer);
    writeSettings(this.#tables.maps.settings, { observed: 0, observeEvery: 1 });
    this.#ring?.close();
    this.#ring = undefined;
  }

  /** Takes what has been told since the last time, so much at once. @returns how many events that was */
  read(): number {
    if (this.#ring === undefined) return 0;
    const read = this.#ring.read((record) => {
      const { event, every } = describeEvent(record, this.#epoch);
      this.#hub.publish(event, every);
    }, MOST);
    const lost = this.#lostSoFar();
    if (lost > this.#lost) this.#hub.lose(Number(lost - this.#lost));
    this.#lost = lost;
    return read;
  }

  #begin(): void {
    const { events } = this.#tables.maps;
    this.#ring = new RingBuffer(events.fd, events.maxEntries);
    // What an earlier process has not read is old news.
    this.#ring.skip();
    this.#epoch = performance.timeOrigin + performance.now() - Number(process.hrtime.bigint()) / 1e6;
    this.#lost = this.#lostSoFar();
    this.#timer = setInterval(() => this.read(), PERIOD);
    this.#timer.unref();
  }

  #lostSoFar(): bigint {
    const view = viewOf(this.#tables.maps.tellers.range(TELLERS));
    let lost = 0n;
    for (let at = 0; at < TELLERS * possibleCpus(); at++) lost += readTellerRecord(view, at * TELLER_SIZE).lost;
    return lost;
  }
}
