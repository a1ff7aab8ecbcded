import { parseFrame, parsePacket, portsOf, type Frame } from '../../net/frame.ts';
import { packet, type PacketSpec } from '../../net/packet.ts';
import { parseSctpChunks, SCTP_CHUNK } from '../../net/sctp.ts';
import type { OutgoingFrame } from '../../lvs/verdict.ts';
import { directorMac } from './recorded-topology.ts';
import type { Stage } from './stage.ts';

type Side = 'client' | 'server';

/** What a socket call ended with, in the words of the recordings. */
export interface Outcome {
  /** Address and port of the server that got it. */
  pick: string | null;
  error?: string;
}

/** One end of a TCP connection. */
interface Socket {
  local: string;
  remote: string;
  state: 'opening' | 'open' | 'reset' | 'closed';
  /** Bytes received and not yet asked about. */
  received: number;
  error?: string;
}

interface Pair {
  client: Socket;
  server: Socket | undefined;
}

/** Lengths of TCP options that Linux sends with a SYN (MSS, SACK, timestamps, window scale) and with all others (timestamps). */
const SYN_OPTIONS = 20;
const OPTIONS = 12;
const SYN_RETRY = 1000;

/**
 * Clients and servers with real-looking TCP, UDP and SCTP on either side of a director on a stage: enough of a stack to make
 * and end connections with the packets that Linux sends. Everything happens at once, unless nobody answers.
 */
export class SocketWorld {
  readonly #stage: Stage;
  readonly #listen: ReadonlySet<string>;
  readonly #sctp: boolean;
  readonly #pairs = new Map<number, Pair>();
  readonly #waiting: { side: Side; bytes: Uint8Array }[] = [];
  readonly #sockets = new Map<string, Socket>();
  /** The last connection that a server has accepted, if any. */
  #accepted: Socket[] = [];
  #datagram: { at: string; from: string } | undefined;
  #reply: string | undefined;
  #refused: string | undefined;

  constructor(stage: Stage, { listen, sctp = false }: { listen: readonly string[]; sctp?: boolean }) {
    this.#stage = stage;
    this.#listen = new Set(listen);
    this.#sctp = sctp;
  }

  /** Opens a connection and holds it under `id`. Without an answer the SYN is sent again after a second. */
  async connect(id: number, source: string, destination: string, patience = 2500): Promise<Outcome> {
    const client: Socket = { local: source, remote: destination, state: 'opening', received: 0 };
    this.#sockets.set(socketKey('client', source, destination), client);
    this.#accepted = [];
    for (let waited = 0; waited < patience && client.state === 'opening'; waited += SYN_RETRY) {
      if (waited > 0) await this.#stage.wait(SYN_RETRY);
      this.#open(client);
      this.#run();
    }
    const [server] = this.#accepted;
    if (server !== undefined && isOpen(client)) {
      this.#pairs.set(id, { client, server });
      return { pick: server.local };
    }
    this.#sockets.delete(socketKey('client', source, destination));
    return { pick: null, error: client.error ?? 'timeout' };
  }

  /** Ends a connection: the side that is named first sends its FIN first, or `client-rst`, `server-rst`. */
  close(id: number, how: string): void {
    const side: Side = how.startsWith('client') ? 'client' : 'server';
    if (how.endsWith('-rst')) {
      this.reset(id, side);
    } else {
      this.shut(id, side);
      if (!this.#sctp) this.shut(id, side === 'client' ? 'server' : 'client');
    }
    this.#pairs.delete(id);
  }

  isOpen(id: number): boolean {
    return this.#pairs.has(id);
  }

  /** Half-closes from one side. */
  shut(id: number, side: Side): void {
    const socket = this.#pairs.get(id)?.[side];
    if (socket === undefined || socket.state !== 'open') return;
    if (this.#sctp) this.#sctpChunk(side, socket.local, socket.remote, SCTP_CHUNK.shutdown);
    else this.#tcp(side, socket, 'FA');
    socket.state = 'closed';
    this.#run();
  }

  reset(id: number, side: Side): void {
    const socket = this.#pairs.get(id)?.[side];
    if (socket === undefined) return;
    this.#tcp(side, socket, 'RA');
    socket.state = 'closed';
    this.#run();
  }

  /** One byte over an open connection. */
  data(id: number, side: Side): { arrived: boolean; clientError?: string } {
    const { client, server }: Pair = this.#pairs.get(id)!;
    const [from, to] = side === 'client' ? [client, server] : [server, client];
    if (from?.state === 'open') this.#tcp(side, from, 'PA', 'x');
    this.#run();
    const arrived = (to?.received ?? 0) > 0;
    if (to !== undefined) to.received = 0;
    return { arrived, ...(client.error === undefined ? {} : { clientError: client.error }) };
  }

  /** One datagram; with `reply` the server answers it. */
  send(source: string, destination: string, payload: string, reply: boolean): Outcome {
    this.#datagram = undefined;
    this.#reply = undefined;
    this.#refused = undefined;
    this.#udp('client', source, destination, payload);
    this.#run();
    const { at, from } = this.#datagram ?? NO_DATAGRAM;
    if (at === undefined) return { pick: null, error: this.#refused ?? 'timeout' };
    if (!reply) return { pick: at };
    this.#udp('server', at, from, 'reply');
    this.#run();
    if (this.#reply === destination) return { pick: at };
    return { pick: at, error: this.#reply === undefined ? 'no reply' : `reply from ${String(this.#reply)}` };
  }

  #open(client: Socket): void {
    if (this.#sctp) this.#sctpChunk('client', client.local, client.remote, SCTP_CHUNK.init);
    else this.#tcp('client', client, 'S');
  }

  #tcp(side: Side, { local, remote }: Pick<Socket, 'local' | 'remote'>, flags: string, payload = ''): void {
    const options = new Uint8Array(flags.includes('S') ? SYN_OPTIONS : OPTIONS).fill(1);
    const { ip, ports } = ends(local, remote);
    this.#transmit(side, { ip, tcp: { ...ports, flags, options }, payload });
  }

  #udp(side: Side, local: string, remote: string, payload: string): void {
    const { ip, ports } = ends(local, remote);
    this.#transmit(side, { ip, udp: ports, payload });
  }

  #sctpChunk(side: Side, local: string, remote: string, type: number): void {
    const { ip, ports } = ends(local, remote);
    this.#transmit(side, { ip, sctp: { ...ports, chunks: [{ type, flags: 0, value: new Uint8Array(16) }] } });
  }

  #transmit(side: Side, spec: PacketSpec): void {
    const eth = { destination: directorMac(side === 'client' ? 'eth0' : 'eth1') };
    this.#waiting.push({ side, bytes: packet({ eth, ...spec }) });
  }

  /** Carries packets through the director until nobody has anything to say. */
  #run(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { frames } = this.#stage.receive(next.side === 'client' ? 'eth0' : 'eth1', next.bytes);
      for (const frame of frames) this.#arrive(frame);
    }
  }

  #arrive({ interface: name, bytes }: OutgoingFrame): void {
    const frame = parseFrame(bytes);
    const side: Side = name === 'eth0' ? 'client' : 'server';
    const from = endpoint(frame, 'source');
    const at = endpoint(frame, 'destination');
    const flags = frame.find('tcp')?.flags;
    if (flags !== undefined) this.#tcpArrives(side, at, from, flags, frame.payload.length);
    else if (frame.find('udp') !== undefined) this.#udpArrives(side, at, from);
    else if (frame.find('sctp') !== undefined) this.#sctpArrives(side, at, from, frame);
    else this.#errorArrives(frame);
  }

  #tcpArrives(side: Side, at: string, from: string, flags: number, length: number): void {
    const [fin, syn, rst, ack] = [1, 2, 4, 16].map((bit) => (flags & bit) !== 0);
    const socket = this.#sockets.get(socketKey(side, at, from));
    if (rst === true) {
      if (socket !== undefined)
        fail(socket, socket.state === 'opening' ? 'Connection refused' : 'Connection reset by peer');
    } else if (syn === true && ack === false) this.#synArrives(side, at, from);
    else if (socket === undefined || socket.state === 'reset') this.#tcp(side, { local: at, remote: from }, 'R');
    else if (syn === true) {
      socket.state = 'open';
      this.#tcp(side, socket, 'A');
    } else {
      if (socket.state === 'opening') this.#accept(socket);
      socket.received += length;
      if (fin === true) this.#finArrives(side, socket);
      else if (length > 0) this.#tcp(side, socket, 'A');
    }
  }

  #synArrives(side: Side, at: string, from: string): void {
    const socket: Socket = { local: at, remote: from, state: 'opening', received: 0 };
    if (!this.#listen.has(at)) {
      this.#tcp(side, socket, 'RA');
      return;
    }
    this.#sockets.set(socketKey(side, at, from), socket);
    this.#tcp(side, socket, 'SA');
  }

  #accept(socket: Socket): void {
    socket.state = 'open';
    this.#accepted = [socket];
  }

  /** The first FIN is acknowledged by the other side's own, which follows at once; the second by itself. */
  #finArrives(side: Side, socket: Socket): void {
    if (socket.state === 'closed') this.#tcp(side, socket, 'A');
  }

  #udpArrives(side: Side, at: string, from: string): void {
    if (side === 'client') this.#reply = from;
    else if (this.#listen.has(at)) this.#datagram = { at, from };
  }

  #sctpArrives(side: Side, at: string, from: string, frame: Frame): void {
    const type = parseSctpChunks(frame.payload)[0]?.type ?? SCTP_CHUNK.abort;
    switch (type) {
      case SCTP_CHUNK.init:
        this.#sctpChunk(side, at, from, this.#listen.has(at) ? SCTP_CHUNK.initAck : SCTP_CHUNK.abort);
        break;
      case SCTP_CHUNK.initAck:
        this.#sctpChunk(side, at, from, SCTP_CHUNK.cookieEcho);
        break;
      case SCTP_CHUNK.cookieEcho:
        this.#accept({ local: at, remote: from, state: 'open', received: 0 });
        this.#sctpChunk(side, at, from, SCTP_CHUNK.cookieAck);
        break;
      case SCTP_CHUNK.cookieAck:
        this.#sockets.get(socketKey(side, at, from))!.state = 'open';
        break;
      case SCTP_CHUNK.shutdown:
        this.#sctpChunk(side, at, from, SCTP_CHUNK.shutdownAck);
        break;
      case SCTP_CHUNK.shutdownAck:
        this.#sctpChunk(side, at, from, SCTP_CHUNK.shutdownComplete);
        break;
      case SCTP_CHUNK.abort:
        fail(this.#sockets.get(socketKey(side, at, from)), 'Connection refused');
        break;
      default:
        break;
    }
  }

  /** ICMP errors: port unreachable refuses a connection or datagram of the client. */
  #errorArrives(frame: Frame): void {
    const quote = parsePacket(frame.payload);
    this.#refused = 'Connection refused';
    const socket = this.#sockets.get(socketKey('client', endpoint(quote, 'source'), endpoint(quote, 'destination')));
    if (socket?.state === 'opening') fail(socket, 'Connection refused');
  }
}

const NO_DATAGRAM = { at: undefined, from: '' } as const;

function isOpen({ state }: Socket): boolean {
  return state === 'open';
}

function fail(socket: Socket | undefined, error: string): void {
  if (socket === undefined) return;
  socket.state = 'reset';
  socket.error = error;
}

function socketKey(side: Side, local: string, remote: string): string {
  return `${side} ${local} ${remote}`;
}

/** What the headers of a packet from one `address:port` to another say. */
function ends(source: string, destination: string) {
  const [from, to] = [splitEndpoint(source), splitEndpoint(destination)];
  return {
    ip: { source: from.address, destination: to.address },
    ports: { source: from.port, destination: to.port },
  };
}

function splitEndpoint(text: string): { address: string; port: number } {
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

/** `address:port` of one end of a frame. */
function endpoint(frame: Frame, end: 'source' | 'destination'): string {
  const ip = frame.find('ipv4') ?? frame.get('ipv6');
  const port = portsOf(frame)?.[end] ?? 0;
  return ip[end].includes(':') ? `[${ip[end]}]:${port}` : `${ip[end]}:${port}`;
}
