import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { WeirError } from '../base/error.ts';
import type { EngineLog } from '../engine/options.ts';
import type { Control } from './control.ts';
import { statusOfCode } from './http-status.ts';
import { asWeirError } from './defect.ts';
import { RequestRefused } from './request.ts';
import { ROUTES } from './routes.ts';
import { wireText } from './wire.ts';

/**
 * The HTTP API of a director. Every answer that is not of the 200s is `{"error": ...}` with a WeirError in JSON.
 * @param control what answers; requests that come before it is ready wait for it, and fail with it
 */
export function createApi(control: Promise<Control>, log: EngineLog): Hono<{ Bindings: HttpBindings }> {
  const api = new Hono<{ Bindings: HttpBindings }>();
  for (const { method, path, answer } of ROUTES) {
    api.on(method, path, async (context) => await answer(await control, context));
  }
  api.notFound((context) => answerError(unknownRoute(context.req.method, context.req.path), log));
  api.onError((error) => answerError(error, log));
  return api;
}

function answerError(thrown: unknown, log: EngineLog): Response {
  if (thrown instanceof RequestRefused) return errorResponse(thrown.status, thrown.reason);
  const error = asWeirError(thrown);
  if (error.code === 'INTERNAL') log.error({ err: thrown }, 'a request failed');
  else log.debug({ code: error.code, where: error.where }, `refused a request: ${error.message}`);
  return errorResponse(statusOfCode(error.code), error);
}

function errorResponse(status: number, error: WeirError): Response {
  return new Response(wireText({ error }), { status, headers: { 'content-type': 'application/json' } });
}

function unknownRoute(method: string, path: string): RequestRefused {
  const methods = ROUTES.filter((route) => route.path === path).map((route) => route.method);
  if (methods.length > 0) {
    return new RequestRefused(405, `the API has no ${method} ${path}`, {
      expected: methods.join(' or '),
      found: method,
    });
  }
  return new RequestRefused(404, 'the API has no such path', {
    expected: `one of ${[...new Set(ROUTES.map((route) => route.path))].join(', ')}`,
    found: path,
  });
}
