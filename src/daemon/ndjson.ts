import { asWeirError } from './defect.ts';
import { wireText } from './wire.ts';

/** Lines are sent in chunks of about this many characters: a chunk for each line would cost more than the line. */
const CHUNK = 64 * 1024;

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
