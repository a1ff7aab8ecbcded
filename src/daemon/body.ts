import { StringDecoder } from 'node:string_decoder';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { z } from 'zod';
import type { Operation } from '../lvs/operation.ts';
import { OperationLines } from './operation-lines.ts';
import { bodyCutOff, bodyTooLarge, LARGEST_BODY, readBody } from './request.ts';

/** A request, and Node's own request behind it. */
export type ApiContext = Context<{ Bindings: HttpBindings }>;

/**
 * The body of a request from Node's stream, a piece at a time: the streams of the web copy a body once more, and the largest are
 * tens of MB.
 * @throws RequestRefused 413 for one over the limit, before more than that is read; 400 for one whose sender has gone
 */
async function* piecesOf({ req, env: { incoming } }: ApiContext): AsyncGenerator<Buffer> {
  if (Number(req.header('content-length') ?? 0) > LARGEST_BODY) throw bodyTooLarge();
  let length = 0;
  const pieces: AsyncIterable<Buffer> = incoming.iterator({ destroyOnReturn: false });
  try {
    for await (const piece of pieces) {
      length += piece.length;
      if (length > LARGEST_BODY) throw bodyTooLarge();
      yield piece;
    }
  } catch (error) {
    throw incoming.readableAborted ? bodyCutOff() : error;
  }
}

/** What a request asks for, as its schema promises it. @throws RequestRefused as `piecesOf` and `readBody` do */
export async function readRequest<T>(context: ApiContext, schema: z.ZodType<T>): Promise<T> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  for await (const piece of piecesOf(context)) text += decoder.write(piece);
  return readBody(text + decoder.end(), context.req.header('content-type'), schema);
}

/** Whether a request has its operations on lines of their own (NDJSON). */
export function hasLines({ req }: ApiContext): boolean {
  return /^application\/x-ndjson\b/iu.test(req.header('content-type') ?? '');
}

/**
 * The operations of a request that has one on each line. They are read while the rest of them is still under way.
 * @throws RequestRefused as `piecesOf` and `OperationLines` do
 */
export async function readOperationLines(context: ApiContext): Promise<Operation[]> {
  const lines = new OperationLines();
  for await (const piece of piecesOf(context)) lines.take(piece);
  return lines.end();
}
