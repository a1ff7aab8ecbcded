import type { Decision } from '../lvs/verdict.ts';
import type { Reason } from '../lvs/reason.ts';
import type { DropReason } from './drops.ts';
import type { Words } from '../base/words.ts';

/** What happened, in one sentence, and where. */
export interface SimEvent {
  /** Microseconds. */
  time: number;
  kind: EventKind;
  host?: string;
  nic?: string;
  segment?: string;
  text: Words;
  /** The frame or IP packet it is about. */
  bytes?: Uint8Array;
  /** Why a packet ended here. */
  dropped?: DropReason | Reason;
  /** What the director looked up and decided. */
  decisions?: readonly Decision[];
}

export type EventKind =
  /** A frame leaves a NIC, comes in by one, or is passed on by a switch. */
  | 'send'
  | 'receive'
  | 'switch'
  /** A packet ended: silently, or with an answer to its sender. */
  | 'drop'
  /** ARP or neighbour discovery: somebody asks, answers, stays silent; an entry of a neighbour table changes. */
  | 'ask'
  | 'answer'
  | 'silence'
  | 'neighbour'
  /** The stack passes a packet on, puts it into or takes it out of a tunnel, makes an ICMP message. */
  | 'forward'
  | 'tunnel'
  | 'icmp'
  /** What the director decided. */
  | 'director'
  /** A program or its connection: opened, sent, received, tried again, ended. */
  | 'program';
