import type { z } from 'zod';
import { WeirError } from '../base/error.ts';

/** Room for a transaction of 16,384 services with eight real servers each, about 40 MiB of JSON. */
export const LARGEST_BODY = 64 * 1024 * 1024;

/** HTTP statuses of requests that the API cannot take as they are; a WeirError alone does not tell them apart. */
export type RequestStatus = 400 | 404 | 405 | 413 | 415;

/** A request that is refused before it reaches the engine. */
export class RequestRefused extends Error {
  readonly status: RequestStatus;
  readonly reason: WeirError;

  constructor(
    status: RequestStatus,
    message: string,
    details: { expected?: string; found?: string; where?: string; fix?: string },
  ) {
    super(message);
    this.status = status;
    this.reason = new WeirError('REQUEST_INVALID', message, details);
  }
}

export function bodyTooLarge(): RequestRefused {
  return new RequestRefused(413, 'the body of the request is too large', {
    expected: `at most ${LARGEST_BODY} bytes`,
    fix: 'send the operations in several transactions',
  });
}

/** Nobody hears it: the sender has gone. */
export function bodyCutOff(): RequestRefused {
  return new RequestRefused(400, 'the body of the request was cut off', { fix: 'send it again' });
}

/**
 * The body of a request as its schema promises it. An empty body counts as `{}`.
 * @param type its content type
 * @throws RequestRefused 415 for another than JSON, 400 for broken JSON or a form that is not the schema's
 */
export function readBody<T>(text: string, type: string | undefined, schema: z.ZodType<T>): T {
  if (text !== '') requireJson(type);
  return conform(text === '' ? {} : parseJson(text), schema);
}

/**
 * Parsed JSON as its schema promises it.
 * @param within the place of it in the whole request, if it is a part
 * @throws RequestRefused 400
 */
export function conform<T>(content: unknown, schema: z.ZodType<T>, within?: string): T {
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const { path, message } = firstIssue(result.error.issues);
  throw new RequestRefused(400, `the request is not well formed: ${message}`, { where: pathText(path, within) });
}

/** The query of a request, whose schema reads texts. @throws RequestRefused 400 */
export function readQuery<T>(query: Readonly<Record<string, string>>, schema: z.ZodType<T>): T {
  const result = schema.safeParse(query);
  if (result.success) return result.data;
  const { path, message } = firstIssue(result.error.issues);
  throw new RequestRefused(400, `the query is not well formed: ${message}`, { where: pathText(path) });
}

function requireJson(type = 'none'): void {
  if (/^application\/json\b/iu.test(type)) return;
  throw new RequestRefused(415, 'the body of the request must be JSON', {
    expected: 'Content-Type: application/json',
    found: type,
  });
}

/** @param where the place of the text in the request, if it is a part of it @throws RequestRefused 400 */
export function parseJson(text: string, where?: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RequestRefused(400, 'the body of the request is not JSON', {
      found: error instanceof Error ? error.message : String(error),
      ...(where === undefined ? {} : { where }),
    });
  }
}

interface Found {
  path: readonly PropertyKey[];
  message: string;
}

/** The first thing that is wrong. In a union, of the branch that got furthest: that is the one the sender meant. */
function firstIssue(issues: readonly z.core.$ZodIssue[]): Found {
  const issue = issues[0];
  if (issue === undefined) return { path: [], message: 'unknown' };
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return { path: issue.path, message: issue.message };
  const branches = issue.errors.toSorted((a, b) => a.length - b.length);
  const inner = firstIssue(branches[0] ?? []);
  return { path: [...issue.path, ...inner.path], message: inner.message };
}

/** `operations[3].service.match.port` */
function pathText(path: readonly PropertyKey[], within = ''): string {
  if (path.length === 0) return within || 'the whole body';
  return within + path.map((part, index) => pathPart(part, within === '' ? index : index + 1)).join('');
}

function pathPart(part: PropertyKey, index: number): string {
  if (typeof part === 'number') return `[${part}]`;
  return index === 0 ? String(part) : `.${String(part)}`;
}
