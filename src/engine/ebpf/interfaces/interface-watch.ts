import type { Interface } from '../../../kernel/interfaces.ts';
import type { LinkMonitor } from '../../../kernel/link-monitor.ts';
import type { FaultCounts } from '../../faults.ts';
import type { EngineLog } from '../../options.ts';
import { Background } from '../background.ts';

export interface WatchOptions {
  monitor: Pick<LinkMonitor, 'read' | 'close'>;
  /** All interfaces as they are now. */
  read: () => Promise<Interface[]>;
  /** Goes with what has become of them. */
  follow: (present: readonly Interface[]) => void;
  /** Whether something has failed that may succeed later without any interface changing. */
  fails: () => boolean;
  /** What to look at, by name, of which the kernel sends no word: whether all is in its place that others could have taken away. */
  inspections: Readonly<Record<string, () => void>>;
  faults: FaultCounts;
  log: EngineLog;
}

/** Milliseconds between two looks. */
const PERIOD = 200;
/** Every how many looks there is an inspection. */
const INSPECTION = 5;
/** After the interfaces have been read nobody reads them for so many times as long as that took, and at most so many milliseconds. */
const REST = { share: 4, most: 1000 } as const;

/**
 * Keeps the programs where the interfaces are. The kernel says that something has changed; what, is read anew each time, so that a
 * message that was lost is no loss.
 */
export class InterfaceWatch {
  readonly #options: WatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  #stale = false;
  #looking: Promise<void> | undefined;
  #restsUntil = 0;
  /** One look that fails keeps no other from being made. */
  readonly #background: Background;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#background = new Background(options.faults, options.log);
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    }, PERIOD);
    this.#timer.unref();
  }

  /** Resolves when it has let go of everything. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    this.#options.monitor.close();
  }

  async #look(): Promise<void> {
    const { inspections, fails, monitor, faults, log } = this.#options;
    await this.#background.attempt('listening to the kernel', () => {
      const { changed, overrun } = monitor.read();
      if (overrun) {
        faults.note('netlink-overrun');
        log.warn({ fault: 'netlink-overrun' }, 'lost messages about interfaces: all of them are read anew');
      }
      this.#stale ||= changed;
    });
    const inspects = this.#looks++ % INSPECTION === 0;
    if (inspects && fails()) this.#stale = true;
    if (this.#stale && performance.now() >= this.#restsUntil)
      await this.#background.attempt('following the interfaces', async () => await this.#follow());
    // What is known of the interfaces must be true: a program of one that is gone is not missing.
    if (!inspects || this.#stale) return;
    for (const [what, inspect] of Object.entries(inspections))
      await this.#background.attempt(`looking after ${what}`, inspect);
  }

  async #follow(): Promise<void> {
    const began = performance.now();
    // What changes while they are read is told after it.
    this.#stale = false;
    let rest: number = REST.most;
    try {
      this.#options.follow(await this.#options.read());
      rest = Math.min(REST.share * (performance.now() - began), rest);
    } catch (error) {
      this.#stale = true;
      throw error;
    } finally {
      this.#restsUntil = performance.now() + rest;
    }
  }
}
