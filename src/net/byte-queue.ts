import { WeirError } from '../base/error.ts';
import { concatBytes, plainBytes } from './bytes.ts';

/** Bytes that arrive in chunks and are taken in records, each copied at most once, and only if it spans chunks. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #length = 0;
  #taken = 0;

  /** Bytes waiting. */
  get length(): number {
    return this.#length;
  }

  /** Bytes taken so far: the offset in the file of what comes next. */
  get offset(): number {
    return this.#taken;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(plainBytes(chunk));
    this.#length += chunk.length;
  }

  /** The next `count` bytes, left in the queue; undefined while there are fewer. */
  peek(count: number): Uint8Array | undefined {
    if (this.#length < count) return undefined;
    this.#gather(count);
    return this.#chunks[0]?.subarray(0, count);
  }

  /** As `peek`, taking them out. */
  take(count: number): Uint8Array | undefined {
    const bytes = this.peek(count);
    if (bytes === undefined) return undefined;
    const rest = this.#chunks[0]!.subarray(count);
    if (rest.length > 0) this.#chunks[0] = rest;
    else this.#chunks.shift();
    this.#length -= count;
    this.#taken += count;
    return bytes;
  }

  /** CAPTURE_INVALID, where the queue stands. */
  invalid(message: string, expected: string, found: string): WeirError {
    return new WeirError('CAPTURE_INVALID', message, { where: `byte ${this.#taken}`, expected, found });
  }

  /** Makes the first chunk at least `count` bytes long. */
  #gather(count: number): void {
    let chunks = 0;
    let length = 0;
    while (length < count) length += this.#chunks[chunks++]!.length;
    if (chunks > 1) this.#chunks.splice(0, chunks, concatBytes(...this.#chunks.slice(0, chunks)));
  }
}
