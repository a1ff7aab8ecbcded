import type { Reason, VerdictClass } from './reason.ts';
import type { WhyNone } from './schedulers/scheduler.ts';
import type { DestinationId } from './service.ts';

/** What became of one frame. */
export interface Verdict {
  action: VerdictClass;
  reason: Reason;
  /** What left the director because of it, in order: the packet itself, its fragments, ICMP errors, answers of its own stack. */
  frames: OutgoingFrame[];
  /** What was looked up and decided on the way, in order. */
  decisions: Decision[];
}

export interface OutgoingFrame {
  interface: string;
  bytes: Uint8Array;
}

/** An IP packet on its way out, before the Ethernet address of the next hop is known. */
export interface OutgoingPacket {
  interface: string;
  nextHop: string;
  bytes: Uint8Array;
}

/** A step of the way through the director. */
export type Decision =
  | { kind: 'reassembled'; fragments: number; bytes: number }
  | { kind: 'service'; service: string | undefined }
  | { kind: 'connection'; found: 'request' | 'reply' | 'none'; connection?: string; state?: string }
  | { kind: 'expired'; connection: string; because: 'reused' | 'quiesced' | 'destination-gone' }
  | { kind: 'template'; template: string; outcome: 'used' | 'created' | 'invalidated' }
  | { kind: 'candidates'; scheduler: string; candidates: CandidateView[] }
  | { kind: 'choice'; destination: string }
  | { kind: 'no-choice'; why: WhyNone }
  /** What the real server will see in place of the client; undefined: no port was free. */
  | { kind: 'source'; source: string | undefined }
  | { kind: 'state'; from: string; to: string }
  | { kind: 'route'; to: string; interface: string | undefined; nextHop: string | undefined; mtu: number | undefined }
  | { kind: 'rewrite'; field: RewrittenField; from: string; to: string }
  | { kind: 'answer'; what: string; to: string };

export type RewrittenField = 'source' | 'destination' | 'ttl' | 'outer-source' | 'outer-destination';

/** A destination as the scheduler saw it, and why it could not be chosen, if so. */
export interface CandidateView extends DestinationId {
  weight: number;
  active: number;
  inactive: number;
  passedOver?: 'weight-zero' | 'overloaded';
}
