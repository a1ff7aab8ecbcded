/** Runs tasks one after another in the order of asking. A task that fails does not hold up the next. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  /** @returns what the task returns, or its rejection */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when every task asked for so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
