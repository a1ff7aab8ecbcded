import { Worker } from 'node:worker_threads';

/** What the thread is told. */
export interface TrickleOrder {
  namespace: string;
  /** The first once, the last again and again. */
  frames: readonly Uint8Array[];
}

/**
 * Real packets, a thousand a second, of one connection. Test runs do not leave the program, and a director that now and then sends
 * a packet through the stack, to see whether the neighbour still lives, would wait for it.
 */
export class Trickle {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Returns when the first packet has been sent. @throws what the thread throws */
  static async start(namespace: string, frames: readonly Uint8Array[]): Promise<Trickle> {
    const order: TrickleOrder = { namespace, frames };
    const worker = new Worker(new URL('./trickle-thread.js', import.meta.url), { workerData: order });
    worker.unref();
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
      worker.once('error', reject);
    });
    return new Trickle(worker);
  }

  stop(): void {
    void this.#worker.terminate();
  }
}
