import type { Socket } from 'node:net';
import { WeirError, type ErrorJSON } from '../base/error.ts';
import type { Director } from '../ipvsadm/director.ts';
import type { Connection } from '../lvs/live-connection.ts';
import type { Operation } from '../lvs/operation.ts';
import type { ServiceMatch } from '../lvs/service.ts';
import type { ServiceStatistics } from '../lvs/statistics.ts';
import type { Table } from '../lvs/table.ts';
import { open, readText, send, type AnswerBody, type RequestBody } from './http-client.ts';
import { linesOf } from './lines.ts';
import { statisticsFromWire, statusFromWire } from './wire.ts';
import type { EngineEvent } from '../engine/events.ts';
import type {
  DirectorStatus,
  EventsQuery,
  ExplainBody,
  ExplainReply,
  OperationsReply,
  RestoreReply,
  RestoreRequest,
  SaveReply,
  VersionReply,
  Wire,
} from './wire.ts';

/** A director in another process. Light: `ipvsadm` loads it at every start. */
export interface DirectorClient extends Director {
  status(): Promise<DirectorStatus>;
  /** All operations or none. @throws WeirError the first refusal, VERSION_CONFLICT */
  commit(operations: readonly Operation[], expectedVersion?: number): Promise<VersionReply>;
  explain(request: ExplainBody): Promise<ExplainReply>;
  /** Until the director stops, or the reader leaves. */
  events(query: EventsQuery): AsyncIterable<EngineEvent>;
  /** The text of `weir save`. */
  rules(): Promise<string>;
  /** Lets the director write its own state file. @throws WeirError STATE_UNWRITABLE */
  save(): Promise<SaveReply>;
  /** @throws WeirError RULES_INVALID, STATE_UNREADABLE, or the engine's refusal */
  restore(request: RestoreRequest): Promise<RestoreReply>;
}

/**
 * @param socketPath Unix socket of the director
 * @throws WeirError DAEMON_UNREACHABLE if nobody listens there; it says what was tried and how to start a director
 */
export async function connectDirector(socketPath: string): Promise<DirectorClient> {
  const request = await requester(socketPath);
  const get = async <T>(path: string): Promise<T> => parsed(await request('GET', path));
  const post = async <T>(path: string, json: object): Promise<T> => parsed(await request('POST', path, { json }));
  const postEach = async <T>(path: string, each: readonly object[]): Promise<T> =>
    parsed(await request('POST', path, { lines: each }));
  return {
    table: () => get<Table>('/v1/table'),
    statistics: async () => statisticsFromWire(await get<Wire<ServiceStatistics>[]>('/v1/statistics')),
    connections: () => lines<Connection>(request, '/v1/connections'),
    zero: async (match?: ServiceMatch) => {
      await post('/v1/zero', match === undefined ? {} : { match });
    },
    apply: async (operations, { each }) => {
      if (!each) return await applyAll(operations, postEach);
      const { results } = await postEach<OperationsReply>('/v1/operations', operations);
      return results.map((error) => (error === null ? undefined : WeirError.fromJSON(error)));
    },
    status: async () => statusFromWire(await get<Wire<DirectorStatus>>('/v1/status')),
    commit: (operations, expectedVersion) =>
      postEach(
        `/v1/transaction${expectedVersion === undefined ? '' : `?${queryText({ expectedVersion })}`}`,
        operations,
      ),
    explain: (body) => post('/v1/explain', body),
    events: (query) => lines<EngineEvent>(request, `/v1/events?${queryText(query)}`),
    rules: async () => await readText(await request('GET', '/v1/rules')),
    save: () => post('/v1/save', {}),
    restore: (rules) => post('/v1/restore', rules),
  };
}

type Requester = (method: string, path: string, body?: RequestBody) => Promise<AnswerBody>;

/**
 * Connects at once, which tells whether somebody is there before a command has begun to print. The first request goes over that
 * connection, every other one over one of its own.
 */
async function requester(socketPath: string): Promise<Requester> {
  let first: Socket | undefined = await open(socketPath);
  // A director that is never asked anything keeps nobody from ending.
  first.unref();
  return async (method, path, body) => {
    const socket = first?.destroyed === false ? first.ref() : await open(socketPath);
    first = undefined;
    return await send(socketPath, socket, method, path, body);
  };
}

async function parsed<T>(body: AnswerBody): Promise<T> {
  // The director is of the same version: its answers have the types of wire.ts.
  const answer: T = JSON.parse(await readText(body));
  return answer;
}

/** A transaction: when it is refused, each of its operations is, for the same reason. */
async function applyAll(
  operations: readonly Operation[],
  post: (path: string, each: readonly object[]) => Promise<VersionReply>,
): Promise<(WeirError | undefined)[]> {
  try {
    await post('/v1/transaction', operations);
    return operations.map(() => undefined);
  } catch (error) {
    if (!(error instanceof WeirError) || error.code === 'DAEMON_UNREACHABLE') throw error;
    return operations.map(() => error);
  }
}

/** A stream of lines, a JSON object each; an empty one says no more than that the director is there. */
async function* lines<T extends object>(request: Requester, path: string): AsyncGenerator<T> {
  for await (const line of linesOf(await request('GET', path))) {
    if (line === '') continue;
    const item: T | { error: ErrorJSON } = JSON.parse(line);
    if ('error' in item) throw WeirError.fromJSON(item.error);
    yield item;
  }
}

function queryText(query: EventsQuery | { expectedVersion: number }): string {
  const entries = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(entries).toString();
}
