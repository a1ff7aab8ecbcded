import type { Family } from '../service.ts';

/** What a scheduler may look at in a destination. */
export interface Candidate {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** The last weight that was not zero. */
  readonly lastWeight: number;
  readonly overloaded: boolean;
  readonly available: boolean;
  readonly active: number;
  readonly inactive: number;
}

/** What a scheduler may look at in a packet: canonical addresses, ports as host numbers. */
export interface PacketFacts {
  source: string;
  sourcePort: number;
  destination: string;
}

export type WhyNone = 'no-destination' | 'all-weights-zero' | 'all-overloaded' | 'chosen-unusable' | 'scheduler-none';

/** The destination, or why there is none. */
export type Choice<D> = { destination: D; why?: undefined } | { destination?: undefined; why: WhyNone };

/** Surroundings of a scheduler; everything that is not in the destinations and the packet. */
export interface SchedulerContext {
  /** Flags of the service (`SCHEDULER_FLAG`). */
  flags(): number;
  /** Of the service. */
  family(): Family;
  /** Milliseconds on the director's clock. */
  now(): number;
  /** A whole number from 0 to `below` - 1, uniform. */
  random(below: number): number;
  /** Seconds (sysctl lblc_expiration, lblcr_expiration). */
  lblcExpiration(): number;
  lblcrExpiration(): number;
}

/**
 * A scheduler at work for one service: a file per scheduler, named as in the kernel. Lists are in walk order, last added first.
 * The hooks are called after the list has changed.
 */
export interface Scheduler<D extends Candidate> {
  /** True where the choice follows from the list and the packet alone, so that all packets of a connection get the same. */
  readonly stateless?: boolean;
  added?(list: readonly D[]): void;
  updated?(list: readonly D[]): void;
  /** @param before the list with the deleted destination still in its place */
  deleted?(list: readonly D[], gone: D, before: readonly D[]): void;
  schedule(list: readonly D[], packet: PacketFacts): Choice<D>;
  /** Remembers where it stands, if a choice moves it. @returns what brings it back there */
  remember?(): () => void;
}

/** Starts a scheduler over the destinations a service has at that moment. */
export type SchedulerStart = <D extends Candidate>(list: readonly D[], context: SchedulerContext) => Scheduler<D>;

/** May a new connection go there: weight not zero, threshold not reached. */
export function isUsable(candidate: Candidate): boolean {
  return candidate.weight > 0 && !candidate.overloaded;
}

/** Why no destination of a list is usable. */
export function whyNone(list: readonly Candidate[]): WhyNone {
  if (list.length === 0) return 'no-destination';
  return list.every(({ weight }) => weight <= 0) ? 'all-weights-zero' : 'all-overloaded';
}
