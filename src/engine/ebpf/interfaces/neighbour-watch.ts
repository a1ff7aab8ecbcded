import type { NeighbourMonitor } from '../../../kernel/neighbour-monitor.ts';
import type { FaultCounts } from '../../faults.ts';
import type { EngineLog } from '../../options.ts';

/** Tells when a real server in a network of the director's no longer answers ARP or neighbour discovery, and when it does again. */
export class NeighbourWatch {
  readonly #monitor: Pick<NeighbourMonitor, 'read'>;
  readonly #faults: FaultCounts;
  readonly #log: EngineLog;
  readonly #gone = new Set<string>();

  constructor(monitor: Pick<NeighbourMonitor, 'read'>, faults: FaultCounts, log: EngineLog) {
    this.#monitor = monitor;
    this.#faults = faults;
    this.#log = log;
  }

  /** Those that do not answer at present. */
  get gone(): ReadonlySet<string> {
    return this.#gone;
  }

  /** Hears what has come since the last time. @param servers the addresses of all real servers there are */
  look(servers: () => ReadonlySet<string>): void {
    const { news: all, overrun } = this.#monitor.read();
    // That one answers again may be missing. Of those that do not the kernel tells once more when it asks them.
    if (overrun) {
      this.#faults.note('netlink-overrun');
      this.#log.warn({ fault: 'netlink-overrun' }, 'more messages about neighbours than the socket holds');
      this.#gone.clear();
    }
    // Of each the last word counts: one that somebody deletes is called silent first, and then forgotten.
    const news = new Map(all.map(({ address, state }) => [address, state]));
    if (news.size === 0 && this.#gone.size === 0) return;
    const known = servers();
    for (const [address, state] of news) {
      if (state === 'answers' && this.#gone.delete(address))
        this.#log.info({ realServer: address }, `${address} answers again on its network`);
      if (state !== 'silent' || !known.has(address) || this.#gone.has(address)) continue;
      this.#gone.add(address);
      this.#faults.note('neighbour-gone');
      const facts = { fault: 'neighbour-gone', realServer: address };
      this.#log.warn(facts, `${address} does not answer ARP or neighbour discovery: its packets are dropped`);
    }
    for (const address of this.#gone) if (!known.has(address)) this.#gone.delete(address);
  }
}
