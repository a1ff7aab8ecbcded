import type { ConnectionKey, LiveConnection } from './connection.ts';
import { isTranslating } from './service.ts';
import { Timeline } from './timeline.ts';

/** Both ends of a packet, as it stands on the wire. */
export interface Flow {
  protocol: string;
  source: string;
  sourcePort: number;
  destination: string;
  destinationPort: number;
}

/**
 * Live connections and templates with their three lookups: by the client's packets, by the server's, and templates by their
 * key. Time does not pass in here; `due` tells what has come to its end.
 */
export class ConnectionTable {
  readonly #requests = new Map<string, LiveConnection>();
  readonly #replies = new Map<string, LiveConnection[]>();
  readonly #templates = new Map<string, LiveConnection>();
  readonly #all = new Set<LiveConnection>();
  readonly #timeline = new Timeline();

  /** Connections, templates not counted. */
  used = 0;

  [Symbol.iterator](): Iterator<LiveConnection> {
    return this.#all.values();
  }

  get size(): number {
    return this.#all.size;
  }

  /** Puts a connection into the lookups. One-packet connections are never found again and stay out. */
  add(connection: LiveConnection): void {
    this.#all.add(connection);
    if (!connection.template) this.used++;
    this.#timeline.put(connection);
    if (connection.onePacket) return;
    if (connection.template) {
      this.#templates.set(templateKey(connection, connection.engine), connection);
      return;
    }
    this.#requests.set(requestKey(connection), connection);
    const key = replyKey(connection);
    this.#replies.set(key, [connection, ...(this.#replies.get(key) ?? [])]);
  }

  /** Takes a connection out of the lookups and out of the table. */
  remove(connection: LiveConnection): void {
    this.hide(connection);
    if (this.#all.delete(connection) && !connection.template) this.used--;
  }

  /** Takes a connection out of the lookups only: it runs to its end unseen. */
  hide(connection: LiveConnection): void {
    connection.gone = true;
    if (connection.template) {
      dropIf(this.#templates, templateKey(connection, connection.engine), connection);
      return;
    }
    dropIf(this.#requests, requestKey(connection), connection);
    const key = replyKey(connection);
    const rest = this.#replies.get(key)?.filter((one) => one !== connection) ?? [];
    if (rest.length > 0) this.#replies.set(key, rest);
    else this.#replies.delete(key);
  }

  /** The connection that a packet of a client belongs to. Port 0 of a client is none, by which nothing is found (__ip_vs_conn_in_get). */
  findRequest({ protocol, source, sourcePort, destination, destinationPort }: Flow): LiveConnection | undefined {
    if (sourcePort === 0) return undefined;
    return this.#requests.get(flowKey(protocol, source, sourcePort, destination, destinationPort));
  }

  /**
   * The connection that a packet of a server belongs to: with the real server's address under masquerading and full NAT, with
   * the virtual one otherwise. Of several the newest.
   */
  findReply({ protocol, source, sourcePort, destination, destinationPort }: Flow): LiveConnection | undefined {
    return this.#replies.get(flowKey(protocol, source, sourcePort, destination, destinationPort))?.[0];
  }

  findTemplate(key: ConnectionKey, engine?: LiveConnection['engine']): LiveConnection | undefined {
    return this.#templates.get(templateKey(key, engine));
  }

  /** The next connection whose time is over at `now`, or undefined. Every one is returned once per expiry that it has had. */
  due(now: number): LiveConnection | undefined {
    return this.#timeline.due(now, (one) => this.#all.has(one));
  }

  /** Must be called when `expiresAt` has been set to an earlier time than before. */
  reschedule(connection: LiveConnection): void {
    this.#timeline.put(connection);
  }
}

function requestKey({ protocol, client, clientPort, virtual, virtualPort }: ConnectionKey): string {
  return flowKey(protocol, client, clientPort, virtual, virtualPort);
}

function replyKey(one: LiveConnection): string {
  const [from, port] = isTranslating(one.method) ? [one.server, one.serverPort] : [one.virtual, one.virtualPort];
  const { address, port: toPort } = one.source ?? { address: one.client, port: one.clientPort };
  return flowKey(one.protocol, from, port, address, toPort);
}

function templateKey(
  { protocol, client, virtual, virtualPort }: ConnectionKey,
  engine: LiveConnection['engine'],
): string {
  const data = engine === undefined ? '' : ` ${engine.name} ${engine.data}`;
  return `${flowKey(protocol, client, 0, virtual, virtualPort)}${data}`;
}

function flowKey(protocol: string, source: string, sourcePort: number, destination: string, port: number): string {
  return `${protocol} ${source} ${sourcePort} ${destination} ${port}`;
}

function dropIf(map: Map<string, LiveConnection>, key: string, connection: LiveConnection): void {
  if (map.get(key) === connection) map.delete(key);
}
