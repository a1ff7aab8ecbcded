import { asWeirError } from './defect.ts';
import { wireText } from './wire.ts';

/** Lines are sent in chunks of about this many characters: a chunk for each line would cost more than the line. */
const CHUNK = 64 * 1024;

/** Milliseconds after which an empty line says that the director is still there; clients skip it. */
const HEARTBEAT = 30_000;

/**
 * Items as a stream of lines, a JSON text each (NDJSON). Reads no further than the receiver does; when the receiver goes away
 * the source is told. When the source fails, the last line is `{"error": ...}`.
 */
export function ndjsonStream(source: AsyncIterable<unknown>): ReadableStream<Uint8Array> {
  const items = source[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      let text = '';
      try {
        while (text.length < CHUNK) {
          const next = await items.next();
          if (next.done === true) {
            if (text !== '') controller.enqueue(encoder.encode(text));
            controller.close();
            return;
          }
          text += `${wireText(next.value)}\n`;
        }
        controller.enqueue(encoder.encode(text));
      } catch (error) {
        controller.enqueue(encoder.encode(`${text}${wireText({ error: asWeirError(error) })}\n`));
        controller.close();
      }
    },
    async cancel() {
      await items.return?.();
    },
  });
}

/** The same for items that come when they come: a line is sent as soon as there is one, and an empty one when nothing comes for long. */
export function liveNdjsonStream(source: AsyncIterable<unknown>): ReadableStream<Uint8Array> {
  const items = source[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const heartbeat = setInterval(() => controller.enqueue(encoder.encode('\n')), HEARTBEAT);
      try {
        const next = await items.next();
        if (next.done === true) controller.close();
        else controller.enqueue(encoder.encode(`${wireText(next.value)}\n`));
      } catch (error) {
        controller.enqueue(encoder.encode(`${wireText({ error: asWeirError(error) })}\n`));
        controller.close();
      } finally {
        clearInterval(heartbeat);
      }
    },
    async cancel() {
      await items.return?.();
    },
  });
}
