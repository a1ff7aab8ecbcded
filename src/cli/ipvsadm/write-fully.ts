import { writeSync } from 'node:fs';

/** Milliseconds between two attempts to write to a pipe that is full and does not block. */
const PAUSE = 1;

/** What a shell reports for a program that wrote to a pipe without a reader (128 + SIGPIPE). */
const BROKEN_PIPE = 141;

/** Standard output that cannot be written to, on a full disk for example. */
const UNWRITABLE = 1;

/**
 * Writes text to a file descriptor before it returns, so that a program may end right after it. Much lighter than the streams
 * of `process`, whose loading would be a good part of a short program's time.
 */
export function writeFully(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EPIPE') process.exit(BROKEN_PIPE);
      if (code !== 'EAGAIN') endUnwritable(descriptor, error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}

function endUnwritable(descriptor: number, error: unknown): never {
  if (descriptor !== 2) writeFully(2, `ipvsadm: the output cannot be written: ${String(error)}\n`);
  process.exit(UNWRITABLE);
}
