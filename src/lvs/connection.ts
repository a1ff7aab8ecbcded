import type { LiveDestination } from './live.ts';
import {
  endpointText,
  isTranslating,
  type DestinationId,
  type Family,
  type ForwardingMethod,
  type Protocol,
} from './service.ts';

/** Milliseconds that a connection lives before its first packet has given it a state, and that a busy template is extended by. */
export const FIRST_TIMEOUT = 3000;
export const EXTENSION = 60_000;

/** What the first packet of a connection says. For the templates of firewall marks the protocol is `ip`. */
export interface ConnectionKey {
  protocol: Protocol | 'ip';
  client: string;
  clientPort: number;
  virtual: string;
  virtualPort: number;
}

/** A connection or a template. One object for its whole life; only `ConnectionTable` puts it into lookups and takes it out. */
export interface LiveConnection extends ConnectionKey {
  readonly family: Family;
  server: string;
  serverPort: number;
  /** `bypass`: sent on to where it was addressed. */
  readonly method: ForwardingMethod | 'bypass';
  readonly destination: LiveDestination | undefined;
  /** What the server sees in place of the client, with full NAT. */
  readonly source?: DestinationId;
  state: string;
  /** Milliseconds from a packet to the end. */
  timeout: number;
  /** On the director's clock. */
  expiresAt: number;
  readonly template: boolean;
  readonly onePacket: boolean;
  /** No packet of the server has been seen. */
  inputOnly: boolean;
  /** Counts as ActiveConn of its destination. */
  active: boolean;
  /** Out of the lookups: replaced or over. */
  gone: boolean;
  /** The template it came through. */
  control: LiveConnection | undefined;
  /** Connections that came through this template and are still there. */
  controlled: number;
  inPackets: number;
  /** The last handshake that the client has begun, of TCP: when, in milliseconds, and whether the server has answered it. */
  handshake?: { began: number; isAnswered: boolean };
  /** Of UDP: a client has begun it, and the server has not answered yet. Absent before its first packet. */
  isUnanswered?: boolean;
  mark: number;
  /** Persistence engine of a template, with the key it found. */
  engine?: { name: string; data: string };
}

export interface NewConnection extends ConnectionKey {
  family: Family;
  server: string;
  serverPort: number;
  method: ForwardingMethod | 'bypass';
  destination: LiveDestination | undefined;
  source?: DestinationId;
  template?: boolean;
  onePacket?: boolean;
  mark: number;
  engine?: { name: string; data: string };
}

export function newConnection(given: NewConnection): LiveConnection {
  return {
    ...given,
    state: given.protocol === 'udp' && given.template !== true ? 'UDP' : 'NONE',
    timeout: FIRST_TIMEOUT,
    expiresAt: 0,
    template: given.template ?? false,
    onePacket: given.onePacket ?? false,
    // Past the real servers IPVS does not think of silent replies (ip_vs_leave).
    inputOnly: !isTranslating(given.method) && given.method !== 'bypass',
    active: false,
    gone: false,
    control: undefined,
    controlled: 0,
    inPackets: 0,
  };
}

/** `tcp 10.1.0.10:40001 > 10.9.9.9:80 > 10.2.0.11:80`, with ` from 10.2.0.1:1024` behind it for full NAT. */
export function connectionText(one: LiveConnection): string {
  const client = endpointText({ address: one.client, port: one.clientPort });
  const virtual = endpointText({ address: one.virtual, port: one.virtualPort });
  const from = one.source === undefined ? '' : ` from ${endpointText(one.source)}`;
  return `${one.protocol} ${client} > ${virtual} > ${endpointText({ address: one.server, port: one.serverPort })}${from}`;
}
