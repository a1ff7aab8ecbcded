import { NO_BYTES, concatBytes } from '../net/bytes.ts';
import { packet } from '../net/packet.ts';
import { parseTcpOptions } from '../net/tcp-options.ts';
import { isSequenceUpTo, TCP_FLAG, type TcpHeader } from '../net/tcp.ts';
import { MILLISECOND, SECOND, type Appointment } from './agenda.ts';
import type { Host } from './host.ts';
import { sendOwnPacket } from './ip-output.ts';

export interface Ends {
  local: string;
  localPort: number;
  remote: string;
  remotePort: number;
}

/** States of a connection (RFC 9293 section 3.3.2); LISTEN has no connection. */
export type TcpState =
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT1'
  | 'FIN_WAIT2'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'CLOSING'
  | 'TIME_WAIT'
  | 'CLOSED';

/** Why a connection failed, as programs are told. */
export type TcpFailure =
  'ECONNREFUSED' | 'ECONNRESET' | 'EHOSTUNREACH' | 'ENETUNREACH' | 'ENOPROTOOPT' | 'EPERM' | 'ETIMEDOUT';

/** What the program behind a connection is told. */
export interface TcpProgram {
  connected?(): void;
  received?(data: Uint8Array): void;
  /** The other side sends no more. */
  ended?(): void;
  failed?(why: TcpFailure): void;
}

interface Segment {
  sequence: number;
  flags: number;
  payload: Uint8Array;
}

const FIRST_TIMEOUT = SECOND;
const LEAST_TIMEOUT = 200 * MILLISECOND;
const TIME_WAIT = 60 * SECOND;
const WINDOW = 65_535;
/** Segments that may be on their way at once: the kernel's initial congestion window (RFC 6928). */
const IN_FLIGHT = 10;
const HEADERS = { inet: 40, inet6: 60 } as const;
const DEFAULT_MSS = 536;

/** A TCP connection with what is needed to see one at work: handshake, data, retransmission, close, reset. */
export class TcpConnection {
  readonly ends: Ends;
  state: TcpState;
  readonly #host: Host;
  readonly #program: TcpProgram;
  readonly #forget: () => void;
  #next: number;
  #received = 0;
  #peerMss = DEFAULT_MSS;
  #pathMss = Number.POSITIVE_INFINITY;
  #unsent: Uint8Array = NO_BYTES;
  #closing = false;
  readonly #flight: Segment[] = [];
  #timer: Appointment | undefined;
  #tries = 0;

  /** @param forget is called when the connection is over */
  constructor(host: Host, ends: Ends, program: TcpProgram, forget: () => void) {
    this.#host = host;
    this.ends = ends;
    this.#program = program;
    this.#forget = forget;
    this.#next = host.around.random(0x1_0000_0000);
    this.state = 'CLOSED';
  }

  /** Opens the connection as a client. */
  open(): void {
    this.state = 'SYN_SENT';
    this.#transmit(TCP_FLAG.syn, NO_BYTES);
  }

  /** Takes the SYN of a client. */
  accept(syn: TcpHeader): void {
    this.state = 'SYN_RECV';
    this.#received = (syn.sequence + 1) >>> 0;
    this.#peerMss = mssOf(syn);
    this.#transmit(TCP_FLAG.syn | TCP_FLAG.ack, NO_BYTES);
  }

  send(data: Uint8Array): void {
    this.#unsent = concatBytes(this.#unsent, data);
    this.#push();
  }

  close(): void {
    this.#closing = true;
    this.#push();
  }

  /** A segment has come in for this connection. */
  receive(header: TcpHeader, payload: Uint8Array): void {
    const { flags } = header;
    if ((flags & TCP_FLAG.rst) !== 0) return this.#reset();
    if (this.state === 'SYN_SENT') return this.#receiveInSynSent(header);
    if ((flags & TCP_FLAG.syn) !== 0) {
      // Our answer was lost: the client asks again.
      if (this.state === 'SYN_RECV') this.#repeat();
      else this.#acknowledge();
      return;
    }
    if ((flags & TCP_FLAG.ack) !== 0) this.#acknowledged(header.acknowledgement);
    if (this.state === 'CLOSED') return;
    this.#take(header, payload);
  }

  /** An ICMP error says that it cannot go on. */
  unreachable(why: TcpFailure): void {
    if (this.state === 'SYN_SENT') this.#fail(why);
    else if (this.state === 'SYN_RECV') this.#end();
  }

  /** An ICMP error says how large packets may be: what is on its way is cut anew. */
  shrink(mtu: number): void {
    this.#pathMss = mtu - this.#headers;
    const first = this.#flight[0];
    if (first === undefined || first.payload.length <= this.#mss) return;
    const data = concatBytes(...this.#flight.map(({ payload }) => payload));
    const fin = this.#flight.some(({ flags }) => (flags & TCP_FLAG.fin) !== 0);
    this.#flight.length = 0;
    this.#next = first.sequence;
    this.#unsent = concatBytes(data, this.#unsent);
    this.#closing ||= fin;
    this.#push();
  }

  #receiveInSynSent(header: TcpHeader): void {
    if ((header.flags & TCP_FLAG.syn) === 0 || (header.flags & TCP_FLAG.ack) === 0) return;
    if (header.acknowledgement !== this.#next) return;
    this.#received = (header.sequence + 1) >>> 0;
    this.#peerMss = mssOf(header);
    this.state = 'ESTABLISHED';
    this.#acknowledged(header.acknowledgement);
    this.#acknowledge();
    this.#program.connected?.();
  }

  #take({ sequence, flags }: TcpHeader, payload: Uint8Array): void {
    const fin = (flags & TCP_FLAG.fin) !== 0;
    if (payload.length === 0 && !fin) return;
    if (sequence !== this.#received) return this.#acknowledge();
    this.#received = (this.#received + payload.length + Number(fin)) >>> 0;
    this.#acknowledge();
    if (payload.length > 0) this.#program.received?.(payload);
    if (fin) this.#peerEnds();
  }

  #peerEnds(): void {
    if (this.state === 'ESTABLISHED') this.state = 'CLOSE_WAIT';
    else if (this.state === 'FIN_WAIT1') this.state = 'CLOSING';
    else if (this.state === 'FIN_WAIT2') this.#rest();
    this.#program.ended?.();
  }

  /** Everything before `sequence` has arrived. */
  #acknowledged(sequence: number): void {
    const before = this.#flight.length;
    while (this.#flight.length > 0 && isSequenceUpTo(endOf(this.#flight[0]!), sequence)) this.#flight.shift();
    if (this.#flight.length === before) return;
    this.#tries = 0;
    this.#host.transport.confirm(this.ends.remote);
    this.#restartTimer();
    if (this.#flight.length === 0) this.#allAcknowledged();
    this.#push();
  }

  #allAcknowledged(): void {
    if (this.state === 'SYN_RECV') {
      this.state = 'ESTABLISHED';
      this.#program.connected?.();
    } else if (this.state === 'FIN_WAIT1') this.state = 'FIN_WAIT2';
    else if (this.state === 'CLOSING') this.#rest();
    else if (this.state === 'LAST_ACK') this.#end();
  }

  #push(): void {
    if (this.state !== 'ESTABLISHED' && this.state !== 'CLOSE_WAIT') return;
    while (this.#unsent.length > 0 && this.#flight.length < IN_FLIGHT) {
      const payload = this.#unsent.slice(0, this.#mss);
      this.#unsent = this.#unsent.slice(payload.length);
      this.#transmit(TCP_FLAG.ack | (this.#unsent.length === 0 ? TCP_FLAG.psh : 0), payload);
    }
    if (!this.#closing || this.#unsent.length > 0) return;
    this.#closing = false;
    this.state = this.state === 'ESTABLISHED' ? 'FIN_WAIT1' : 'LAST_ACK';
    this.#transmit(TCP_FLAG.fin | TCP_FLAG.ack, NO_BYTES);
  }

  /** Sends something that must be acknowledged. */
  #transmit(flags: number, payload: Uint8Array): void {
    const segment = { sequence: this.#next, flags, payload };
    this.#next = endOf(segment);
    this.#flight.push(segment);
    if (this.#timer === undefined) this.#restartTimer();
    this.#emit(segment);
  }

  #acknowledge(): void {
    this.#emit({ sequence: this.#next, flags: TCP_FLAG.ack, payload: NO_BYTES });
  }

  #emit({ sequence, flags, payload }: Segment): void {
    const { local, localPort, remote, remotePort } = this.ends;
    const syn = (flags & TCP_FLAG.syn) !== 0;
    const ip = local.includes(':')
      ? { source: local, destination: remote, hopLimit: 64 }
      : {
          source: local,
          destination: remote,
          ttl: this.#host.sysctls.get('net.ipv4.ip_default_ttl'),
          dontFragment: true,
          identification: this.#host.transport.identification(),
        };
    const bytes = packet({
      ip,
      tcp: {
        source: localPort,
        destination: remotePort,
        sequence,
        acknowledgement: (flags & TCP_FLAG.ack) === 0 ? 0 : this.#received,
        flags,
        window: WINDOW,
        ...(syn ? { options: [{ kind: 'mss' as const, size: this.#ownMss }] } : {}),
      },
      payload,
    });
    const error = sendOwnPacket(this.#host, bytes);
    if (error !== undefined && this.state === 'SYN_SENT') this.#fail(error);
  }

  #restartTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#flight.length === 0) return;
    this.#timer = this.#host.around.agenda.after(this.#timeout(), () => {
      this.#timer = undefined;
      this.#tries++;
      if (this.#tries > this.#mostTries()) this.#fail('ETIMEDOUT');
      else this.#repeat();
    });
  }

  /** The first timeouts of a client's SYN do not double (tcp_syn_linear_timeouts). */
  #timeout(): number {
    if (this.state === 'SYN_SENT') {
      const linear = this.#host.sysctls.get('net.ipv4.tcp_syn_linear_timeouts');
      return FIRST_TIMEOUT * 2 ** Math.max(this.#tries - linear, 0);
    }
    return (this.state === 'SYN_RECV' ? FIRST_TIMEOUT : LEAST_TIMEOUT) * 2 ** this.#tries;
  }

  #mostTries(): number {
    const get = (name: string): number => this.#host.sysctls.get(`net.ipv4.${name}`);
    if (this.state === 'SYN_SENT') return get('tcp_syn_retries') + get('tcp_syn_linear_timeouts');
    return get(this.state === 'SYN_RECV' ? 'tcp_synack_retries' : 'tcp_retries2');
  }

  #repeat(): void {
    const first = this.#flight[0];
    this.#restartTimer();
    if (first === undefined) return;
    this.#host.counters.count('TcpRetransSegs');
    this.#emit(first);
  }

  #reset(): void {
    const { counters } = this.#host;
    if (this.state === 'SYN_SENT') return this.#fail('ECONNREFUSED');
    if (this.state === 'SYN_RECV') {
      counters.count('TcpExtEmbryonicRsts');
      counters.count('TcpAttemptFails');
      return this.#end();
    }
    if (this.state === 'ESTABLISHED' || this.state === 'CLOSE_WAIT') counters.count('TcpEstabResets');
    this.#fail('ECONNRESET');
  }

  #fail(why: TcpFailure): void {
    if (this.state === 'CLOSED') return;
    if (this.state === 'SYN_SENT') this.#host.counters.count('TcpAttemptFails');
    this.#end();
    this.#program.failed?.(why);
  }

  #rest(): void {
    this.state = 'TIME_WAIT';
    this.#timer?.cancel();
    this.#timer = this.#host.around.agenda.after(TIME_WAIT, () => this.#end());
  }

  #end(): void {
    this.state = 'CLOSED';
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#flight.length = 0;
    this.#forget();
  }

  get #headers(): number {
    return HEADERS[this.ends.local.includes(':') ? 'inet6' : 'inet'];
  }

  get #ownMss(): number {
    const overhead = this.#host.tunnelOverheads.get(this.ends.local) ?? 0;
    return this.#host.transport.mtuTowards(this.ends.remote) - this.#headers - overhead;
  }

  get #mss(): number {
    const known = this.#host.pathMtu.limit(this.ends.remote, this.#ownMss + this.#headers, this.#host.now / 1000);
    return Math.min(this.#peerMss, this.#pathMss, known - this.#headers);
  }
}

function endOf({ sequence, flags, payload }: Segment): number {
  const extra = Number((flags & TCP_FLAG.syn) !== 0) + Number((flags & TCP_FLAG.fin) !== 0);
  return (sequence + payload.length + extra) >>> 0;
}

function mssOf({ options }: TcpHeader): number {
  const option = parseTcpOptions(options).find(({ kind }) => kind === 'mss');
  return option?.kind === 'mss' ? option.size : DEFAULT_MSS;
}
