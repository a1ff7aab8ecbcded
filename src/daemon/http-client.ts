import { request, type IncomingMessage } from 'node:http';
import { WeirError, type ErrorJSON } from '../base/error.ts';

/** A director answers at once, apart from large restores; silence for this long means that it hangs. Milliseconds. */
const PATIENCE = 120_000;

/**
 * Sends one request to a director and returns its answer when the head of it has arrived.
 * @throws WeirError what the director answered, if it refused; DAEMON_UNREACHABLE if it did not answer
 */
export async function send(socketPath: string, method: string, path: string, body?: unknown): Promise<IncomingMessage> {
  const answer = await exchange(socketPath, method, path, body === undefined ? undefined : JSON.stringify(body));
  if (answer.statusCode === 200) return answer;
  throw refusal(socketPath, answer.statusCode, await readText(socketPath, answer));
}

/** The whole body of an answer. @throws WeirError DAEMON_UNREACHABLE if the director dies in the middle of it */
export async function readText(socketPath: string, answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of textOf(socketPath, answer)) text += chunk;
  return text;
}

/** The body of an answer in pieces, as they come. @throws WeirError as `readText` */
export async function* textOf(socketPath: string, answer: IncomingMessage): AsyncGenerator<string> {
  answer.setEncoding('utf8');
  try {
    for await (const chunk of answer) yield String(chunk);
  } catch (error) {
    throw unreachable(socketPath, error);
  }
}

function exchange(
  socketPath: string,
  method: string,
  path: string,
  body: string | undefined,
): Promise<IncomingMessage> {
  const headers =
    body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, headers, agent: false, timeout: PATIENCE });
    outgoing.once('response', resolve);
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)));
    outgoing.on('error', (error) => reject(unreachable(socketPath, error)));
    outgoing.end(body);
  });
}

function refusal(socketPath: string, status: number | undefined, text: string): WeirError {
  try {
    const content: unknown = JSON.parse(text);
    if (isErrorReply(content)) return WeirError.fromJSON(content.error);
  } catch {
    // Not JSON: the answer below says what came instead.
  }
  return new WeirError('DAEMON_UNREACHABLE', 'what answers on the socket is no director of this version', {
    where: socketPath,
    found: `status ${status}: ${text.slice(0, 200)}`,
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
  const errno = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const known = errno === undefined ? undefined : REASONS[errno];
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
