import { concatBytes, NO_BYTES } from '../net/bytes.ts';
import { endpointText, type DestinationId } from '../lvs/service.ts';
import type { Host } from './host.ts';
import type { ServerSpec } from './spec.ts';
import type { TcpFailure, TcpProgram } from './tcp.ts';

const HEADER_END = '\r\n\r\n';

/** Starts a server program on a host. */
export function startServer(host: Host, { kind, port, address }: ServerSpec): void {
  if (kind === 'web') host.transport.listen(port, address, (connection) => webServer(host, connection));
  else startUdpEcho(host, port, address);
}

interface Answering {
  send(data: Uint8Array): void;
  close(): void;
}

/** Answers every request with the name of its host, once all of the request has come, and closes when the client does. */
function webServer(host: Host, connection: Answering): TcpProgram {
  let heard: Uint8Array = NO_BYTES;
  return {
    received: (data) => {
      heard = concatBytes(heard, data);
      const length = messageLength(heard);
      if (length === undefined || heard.length < length) return;
      const asked = Number(/^\w+ \/bytes\/(\d+) /.exec(textOf(heard))?.[1] ?? 0);
      heard = heard.slice(length);
      const body = asked > 0 ? 'x'.repeat(asked) : `${host.name}\n`;
      tellProgram(
        host,
        `${host.name} answers the request: ${asked > 0 ? `${asked} bytes` : host.name}.`,
        `${host.name} 回答请求。`,
      );
      connection.send(bytesOf(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}${HEADER_END}${body}`));
    },
    ended: () => connection.close(),
  };
}

function startUdpEcho(host: Host, port: number, address: string | undefined): void {
  host.transport.bind(port, address, {
    received: (data, from, to) => {
      tellProgram(host, `${host.name} answers the datagram.`, `${host.name} 回答数据报。`);
      host.transport.sendDatagram(to, from, concatBytes(bytesOf(`${host.name} `), data));
    },
  });
}

/** What came of a request, as its sender sees it. */
export type Result =
  { kind: 'answer'; body: string } | { kind: 'error'; errno: TcpFailure } | { kind: 'timeout'; connected: boolean };

export interface Request {
  to: DestinationId;
  protocol: 'tcp' | 'udp';
  /** The port and address it is sent from; chosen by the host if absent. */
  from?: { address?: string; port?: number };
  /** Bytes that the client sends with its request, and that it asks for. */
  upload?: number;
  download?: number;
  /** Microseconds after which the client gives up. */
  timeout: number;
}

/** Sends a request from a host, as curl would. @returns how it stands: undefined while it is not over */
export function sendRequest(host: Host, request: Request): () => Result | undefined {
  return request.protocol === 'tcp' ? fetchByTcp(host, request) : askByUdp(host, request);
}

function fetchByTcp(
  host: Host,
  { to, from = {}, upload = 0, download = 0, timeout }: Request,
): () => Result | undefined {
  let result: Result | undefined;
  let connected = false;
  let heard: Uint8Array = NO_BYTES;
  const settle = (one: Result): void => {
    result ??= one;
  };
  const opened = host.transport.connect(to, from, (connection) => ({
    connected: () => {
      connected = true;
      connection.send(requestBytes(to, upload, download));
    },
    received: (data) => {
      heard = concatBytes(heard, data);
      const length = messageLength(heard);
      if (length === undefined || heard.length < length || result !== undefined) return;
      const body = textOf(heard).slice(textOf(heard).indexOf(HEADER_END) + HEADER_END.length);
      settle({ kind: 'answer', body });
      const shown = body.length > 40 ? `${body.length} bytes` : body.trim();
      tellProgram(host, `${host.name} has its answer: ${shown}.`, `${host.name} 得到回答：${shown}。`);
      connection.close();
    },
    ended: () => connection.close(),
    failed: (errno) => {
      settle({ kind: 'error', errno });
      tellProgram(host, `${host.name}: the connection fails (${errno}).`, `${host.name}：连接失败（${errno}）。`);
    },
  }));
  if (opened === undefined) settle({ kind: 'error', errno: 'ENETUNREACH' });
  host.around.agenda.after(timeout, () => {
    if (result !== undefined) return;
    settle({ kind: 'timeout', connected });
    tellProgram(
      host,
      `${host.name} gives up waiting for ${endpointText(to)}.`,
      `${host.name} 不再等待 ${endpointText(to)}。`,
    );
  });
  return () => result;
}

function askByUdp(host: Host, { to, from = {}, timeout }: Request): () => Result | undefined {
  let result: Result | undefined;
  const address = from.address ?? host.transport.sourceTowards(to.address);
  if (address === undefined) return () => ({ kind: 'error', errno: 'ENETUNREACH' });
  const port = from.port ?? host.transport.freePort();
  host.transport.bind(port, address, {
    received: (data, { address: sender }) => {
      // A connected socket takes answers from the address it asked only.
      if (sender === to.address) result ??= { kind: 'answer', body: textOf(data) };
    },
    failed: (errno) => {
      result ??= { kind: 'error', errno };
    },
  });
  host.transport.sendDatagram({ address, port }, to, bytesOf('hello'));
  host.around.agenda.after(timeout, () => {
    result ??= { kind: 'timeout', connected: true };
  });
  return () => result;
}

function requestBytes(to: DestinationId, upload: number, download: number): Uint8Array {
  const path = download > 0 ? `/bytes/${download}` : '/';
  const head = `${upload > 0 ? 'POST' : 'GET'} ${path} HTTP/1.1\r\nHost: ${endpointText(to)}`;
  const length = upload > 0 ? `\r\nContent-Length: ${upload}` : '';
  return bytesOf(`${head}${length}${HEADER_END}${'x'.repeat(upload)}`);
}

/** Bytes of a whole HTTP message, undefined while its header is not complete. */
function messageLength(heard: Uint8Array): number | undefined {
  const text = textOf(heard);
  const end = text.indexOf(HEADER_END);
  if (end < 0) return undefined;
  const body = Number(/\r\nContent-Length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
  return end + HEADER_END.length + body;
}

function tellProgram(host: Host, en: string, zh: string): void {
  host.tell({ kind: 'program', text: { en, zh } });
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
