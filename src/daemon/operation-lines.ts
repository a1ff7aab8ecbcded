import type { Operation } from '../lvs/operation.ts';
import { isPlainOperation } from './plain-operation.ts';
import { conform, parseJson } from './request.ts';
import { operation } from './schema.ts';

const NEWLINE = 0x0a;

/**
 * Reads operations, a JSON object a line, from pieces that end anywhere. After the first that is refused it goes on to take what
 * comes, so that the sender, who has not read the answer yet, can send to the end.
 */
export class OperationLines {
  readonly #operations: Operation[] = [];
  /** The line that has begun and not ended. */
  #begun: Buffer[] = [];
  #lines = 0;
  #refusal: { thrown: unknown } | undefined;

  take(piece: Buffer): void {
    if (this.#refusal !== undefined) return;
    const first = piece.indexOf(NEWLINE);
    if (first < 0) {
      this.#begun.push(piece);
      return;
    }
    const last = piece.lastIndexOf(NEWLINE);
    try {
      this.#read(Buffer.concat([...this.#begun, piece.subarray(0, first)]));
      if (last > first) this.#read(piece.subarray(first + 1, last));
    } catch (thrown) {
      this.#refusal = { thrown };
    }
    this.#begun = [piece.subarray(last + 1)];
  }

  /** @throws RequestRefused 400 for the first line that is no operation */
  end(): Operation[] {
    if (this.#refusal === undefined) this.#read(Buffer.concat(this.#begun));
    else throw this.#refusal.thrown;
    return this.#operations;
  }

  /** @param lines without the newline of the last; an empty one is passed over */
  #read(lines: Buffer): void {
    for (const line of lines.toString('utf8').split('\n')) {
      if (line === '') continue;
      const where = `operations[${this.#lines++}]`;
      this.#operations.push(readOperation(line, where));
    }
  }
}

function readOperation(line: string, where: string): Operation {
  const content = parseJson(line, where);
  return isPlainOperation(content) ? content : conform(content, operation, where);
}
