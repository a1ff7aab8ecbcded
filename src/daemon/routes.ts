import { eventFilter } from '../engine/event-filter.ts';
import { fromHex, toHex } from '../net/bytes.ts';
import { type ApiContext, hasLines, readOperationLines, readRequest } from './body.ts';
import type { Control } from './control.ts';
import { liveNdjsonStream, ndjsonStream } from './ndjson.ts';
import { readQuery } from './request.ts';
import {
  eventsRequest,
  explainRequest,
  operationsRequest,
  restoreRequest,
  saveRequest,
  timeoutsRequest,
  transactionQuery,
  transactionRequest,
  zeroRequest,
} from './schema.ts';
import { wireText } from './wire.ts';

export interface Route {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  answer: (control: Control, context: ApiContext) => Promise<Response>;
}

/** The API. Requests and replies are the types of wire.ts; docs/api.md has an example of each. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/v1/status', answer: async (control) => json(await control.status()) },
  { method: 'GET', path: '/v1/table', answer: async (control) => json(await control.table()) },
  { method: 'GET', path: '/v1/statistics', answer: async (control) => json(await control.statistics()) },
  { method: 'GET', path: '/v1/connections', answer: connections },
  { method: 'GET', path: '/v1/events', answer: events },
  { method: 'GET', path: '/v1/timeouts', answer: async (control) => json(await control.timeouts()) },
  { method: 'GET', path: '/v1/rules', answer: async (control) => new Response(await control.rules()) },
  { method: 'PUT', path: '/v1/timeouts', answer: setTimeouts },
  { method: 'POST', path: '/v1/transaction', answer: transaction },
  { method: 'POST', path: '/v1/operations', answer: operations },
  { method: 'POST', path: '/v1/explain', answer: explain },
  { method: 'POST', path: '/v1/zero', answer: zero },
  { method: 'POST', path: '/v1/save', answer: save },
  { method: 'POST', path: '/v1/restore', answer: restore },
];

async function connections(control: Control): Promise<Response> {
  return new Response(ndjsonStream(control.connections()), { headers: { 'content-type': 'application/x-ndjson' } });
}

async function events(control: Control, context: ApiContext): Promise<Response> {
  const { kinds, sample, rate, queue, ...filter } = readQuery(context.req.query(), eventsRequest);
  const wanted = eventFilter(filter);
  const source = control.events({
    ...(wanted === undefined ? {} : { wanted }),
    ...(kinds === undefined ? {} : { kinds }),
    ...(sample === undefined ? {} : { sample }),
    ...(rate === undefined ? {} : { rate }),
    ...(queue === undefined ? {} : { queue }),
  });
  return new Response(liveNdjsonStream(source), { headers: { 'content-type': 'application/x-ndjson' } });
}

/** Bytes as hexadecimal text in both directions. */
async function explain(control: Control, context: ApiContext): Promise<Response> {
  const { packet, ...where } = await readRequest(context, explainRequest);
  const { frames, ...verdict } = await control.explain({ packet: fromHex(packet), ...where });
  return json({ ...verdict, frames: frames.map((frame) => ({ ...frame, bytes: toHex(frame.bytes) })) });
}

async function setTimeouts(control: Control, context: ApiContext): Promise<Response> {
  const timeouts = await readRequest(context, timeoutsRequest);
  await control.transaction([{ do: 'set-timeouts', timeouts }]);
  return json(await control.timeouts());
}

async function transaction(control: Control, context: ApiContext): Promise<Response> {
  const request = hasLines(context)
    ? { ...readQuery(context.req.query(), transactionQuery), operations: await readOperationLines(context) }
    : await readRequest(context, transactionRequest);
  return json(await control.transaction(request.operations, request.expectedVersion));
}

async function operations(control: Control, context: ApiContext): Promise<Response> {
  const some = hasLines(context)
    ? await readOperationLines(context)
    : (await readRequest(context, operationsRequest)).operations;
  return json(await control.operations(some));
}

async function zero(control: Control, context: ApiContext): Promise<Response> {
  const { match } = await readRequest(context, zeroRequest);
  await control.zero(match);
  return json({});
}

async function save(control: Control, context: ApiContext): Promise<Response> {
  await readRequest(context, saveRequest);
  return json(await control.save());
}

async function restore(control: Control, context: ApiContext): Promise<Response> {
  return json(await control.restore(await readRequest(context, restoreRequest)));
}

function json(value: unknown): Response {
  return new Response(wireText(value), { headers: { 'content-type': 'application/json' } });
}
