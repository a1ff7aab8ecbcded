/** Milliseconds that a request is waited for: one that takes longer, since its body comes slowly or it is a stream, holds nothing up. */
const PATIENCE = 20;

/** Whether somebody waits for an answer of this process. Work that is done in parts gives way to that, and one request is done in several turns. */
export class Foreground {
  #until = 0;
  #requests = 0;

  /** A request is about to come. */
  expect(): void {
    this.#until = performance.now() + PATIENCE;
  }

  begin(): void {
    this.#requests++;
    this.expect();
  }

  end(): void {
    this.#requests--;
    if (this.#requests === 0) this.#until = 0;
  }

  get isBusy(): boolean {
    return performance.now() < this.#until;
  }
}

/** That of this process. */
export const foreground = new Foreground();
