import { connect, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { WeirError, type ErrorJSON } from '../base/error.ts';
import { HttpReader, NotHttp } from './http-reader.ts';
import { statusOf } from './socket.ts';

/** A director answers at once, apart from large restores; silence for this long means that it hangs. Milliseconds. */
const PATIENCE = 120_000;

/** After so many milliseconds of silence it is looked whether the director's process is stopped: one at work may still be long. */
const GLANCE = 3_000;

/** The body of an answer in pieces of text, as they come; who stops reading ends the connection. */
export type AnswerBody = AsyncGenerator<string>;

/** Connects to the socket of a director. @throws WeirError DAEMON_UNREACHABLE if nobody listens there */
export async function open(socketPath: string): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    const onError = (error: Error): void => reject(unreachable(socketPath, error));
    socket.once('error', onError);
    socket.once('connect', () => {
      // From here on the reader of the answer sees what goes wrong.
      socket.off('error', onError).on('error', () => undefined);
      resolve(socket);
    });
  });
}

/** What a request has to say: one JSON text, or one on each line, which the director reads as they come. */
export type RequestBody = { json: object } | { lines: readonly object[] };

/**
 * Sends one request to a director over a fresh connection, and returns the body of its answer when the head has arrived.
 * @throws WeirError what the director answered, if it refused; DAEMON_UNREACHABLE if it did not answer, or, while the body is
 * read, if it dies in the middle of it
 */
export async function send(
  socketPath: string,
  socket: Socket,
  method: string,
  path: string,
  body?: RequestBody,
): Promise<AnswerBody> {
  const reader = new HttpReader(chunksOf(socketPath, socket));
  const answer = answerOf(socketPath, socket, reader);
  // One that is refused early is answered while there is more to say.
  const [{ status, text }] = await Promise.all([answer, write(socket, requestText(`${method} ${path}`, body))]);
  if (status === 200) return text;
  throw refusal(socketPath, status, await readText(text));
}

export async function readText(body: AnswerBody): Promise<string> {
  let text = '';
  for await (const piece of body) text += piece;
  return text;
}

/** Characters that are written at once. */
const PIECE = 64 * 1024;

/** A request in pieces. @param asked its method and path */
function* requestText(asked: string, body: RequestBody | undefined): Generator<string> {
  const head = `${asked} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`;
  if (body === undefined) {
    yield `${head}\r\n`;
  } else if ('json' in body) {
    const text = JSON.stringify(body.json);
    yield `${head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  } else {
    let piece = `${head}Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n`;
    for (const text of lineTexts(body.lines)) {
      piece += `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
      if (text.length < PIECE) continue;
      yield piece;
      piece = '';
    }
    yield `${piece}0\r\n\r\n`;
  }
}

/** Each JSON text on a line, at least `PIECE` characters at a time except for the last. */
function* lineTexts(items: readonly object[]): Generator<string> {
  let text = '';
  for (const item of items) {
    text += `${JSON.stringify(item)}\n`;
    if (text.length < PIECE) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/** No faster than the director reads; what goes wrong meets the reader of the answer. */
async function write(socket: Socket, pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    if (!socket.write(piece)) await readyAgain(socket);
  }
}

/** Resolves when more can be written, or nothing any more. */
async function readyAgain(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}

async function answerOf(
  socketPath: string,
  socket: Socket,
  reader: HttpReader,
): Promise<{ status: number; text: AnswerBody }> {
  try {
    const head = await reader.head();
    return { status: head.status, text: textOf(socketPath, socket, reader.body(head)) };
  } catch (error) {
    socket.destroy();
    throw error instanceof NotHttp ? stranger(socketPath, error.message) : unreachable(socketPath, error);
  }
}

async function* textOf(socketPath: string, socket: Socket, pieces: AsyncGenerator<Buffer>): AnswerBody {
  const decoder = new StringDecoder('utf8');
  try {
    for await (const piece of pieces) yield decoder.write(piece);
  } catch (error) {
    throw error instanceof NotHttp ? stranger(socketPath, error.message) : unreachable(socketPath, error);
  } finally {
    socket.destroy();
  }
}

/** What arrives on a connection. The patience is with the director alone: a reader may take its time between two pieces. */
async function* chunksOf(socketPath: string, socket: Socket): AsyncGenerator<Buffer> {
  let silence = 0;
  socket.on('timeout', () => {
    silence += GLANCE;
    if (silence >= PATIENCE) socket.destroy(new Error(`no answer within ${PATIENCE / 1000} s`));
    else void destroyIfStopped(socketPath, socket);
    // It is over with the first silence otherwise.
    socket.setTimeout(GLANCE);
  });
  const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]();
  for (;;) {
    silence = 0;
    socket.setTimeout(GLANCE);
    const next = await chunks.next();
    socket.setTimeout(0);
    if (next.done === true) return;
    yield next.value;
  }
}

async function destroyIfStopped(socketPath: string, socket: Socket): Promise<void> {
  const { stoppedDirector } = await import('./stopped.ts');
  const stopped = stoppedDirector(socketPath);
  if (stopped !== undefined) socket.destroy(stopped);
}

function refusal(socketPath: string, status: number, text: string): WeirError {
  try {
    const content: unknown = JSON.parse(text);
    if (isErrorReply(content)) return WeirError.fromJSON(content.error);
  } catch {
    // Not JSON: the answer below says what came instead.
  }
  return stranger(socketPath, `status ${status}: ${text}`);
}

function stranger(socketPath: string, answer: string): WeirError {
  return new WeirError('DAEMON_UNREACHABLE', 'what answers on the socket is no director of this version', {
    where: socketPath,
    found: answer.slice(0, 200),
    fix: 'set WEIR_SOCKET or --socket to the socket of the director',
  });
}

function isErrorReply(content: unknown): content is { error: ErrorJSON } {
  if (typeof content !== 'object' || content === null || !('error' in content)) return false;
  const { error } = content;
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error;
}

/** @param error why there is no answer */
export function unreachable(socketPath: string, error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  const errno = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  // connect(2) says ECONNREFUSED of either.
  const isOther = errno === 'ECONNREFUSED' && statusOf(socketPath)?.isSocket() === false;
  const known = errno === undefined ? undefined : REASONS[isOther ? 'ENOTSOCK' : errno];
  return new WeirError('DAEMON_UNREACHABLE', 'no director can be reached', {
    ...(errno === undefined ? {} : { errno }),
    where: socketPath,
    found: known?.found ?? (error instanceof Error ? error.message : String(error)),
    fix: known?.fix ?? START,
    cause: error,
  });
}

const START = 'start one with `weir run`; if it has another socket, name it in WEIR_SOCKET or with --socket';

const REASONS: Partial<Record<string, { found: string; fix: string }>> = {
  ENOENT: { found: 'no such socket', fix: START },
  ECONNREFUSED: { found: 'a socket whose director has died', fix: START },
  ENOTSOCK: { found: 'a file that is no socket', fix: 'name the socket in WEIR_SOCKET or with --socket' },
  EACCES: { found: 'permission denied', fix: 'run as root, or as a member of the group of the socket' },
  ECONNRESET: { found: 'it died while it answered', fix: 'look into its log, and start it again with `weir run`' },
};
