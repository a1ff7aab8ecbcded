import { StringDecoder } from 'node:string_decoder';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { z } from 'zod';
import { bodyTooLarge, LARGEST_BODY, readBody } from './request.ts';

/** A request, and Node's own request behind it. */
export type ApiContext = Context<{ Bindings: HttpBindings }>;

/**
 * The body of a request as text. From Node's stream, a piece at a time: the streams of the web copy a body once more, and the largest
 * are tens of MB.
 * @throws RequestRefused 413 for one over the limit, before more than that is read
 */
async function bodyText({ req, env: { incoming } }: ApiContext): Promise<string> {
  if (Number(req.header('content-length') ?? 0) > LARGEST_BODY) throw bodyTooLarge();
  const decoder = new StringDecoder('utf8');
  let text = '';
  let length = 0;
  const pieces: AsyncIterable<Buffer> = incoming.iterator({ destroyOnReturn: false });
  for await (const piece of pieces) {
    length += piece.length;
    if (length > LARGEST_BODY) throw bodyTooLarge();
    text += decoder.write(piece);
  }
  return text + decoder.end();
}

/** What a request asks for, as its schema promises it. @throws RequestRefused as `bodyText` and `readBody` do */
export async function readRequest<T>(context: ApiContext, schema: z.ZodType<T>): Promise<T> {
  return readBody(await bodyText(context), context.req.header('content-type'), schema);
}
