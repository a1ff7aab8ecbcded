import type { FaultCounts } from '../faults.ts';
import type { EngineLog } from '../options.ts';

/** Work that nobody waits for. What fails is counted, and said once for each reason as long as it fails. */
export class Background {
  readonly #faults: FaultCounts;
  readonly #log: EngineLog;
  /** What failed the last time, and why. */
  readonly #troubles = new Map<string, string>();

  constructor(faults: FaultCounts, log: EngineLog) {
    this.#faults = faults;
    this.#log = log;
  }

  /** Does it; never rejects. @param what as the log calls it */
  async attempt(what: string, work: () => unknown): Promise<void> {
    try {
      await work();
      this.#troubles.delete(what);
    } catch (error) {
      this.#faults.note('work-failed');
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#troubles.get(what) === reason) return;
      this.#troubles.set(what, reason);
      this.#log.error({ fault: 'work-failed', err: error }, `${what} failed: it is done again when its time comes`);
    }
  }
}
