import type { Candidate, PacketFacts, SchedulerContext } from '../../src/lvs/schedulers/scheduler.ts';

/** A destination for tests of schedulers, usable and idle unless said otherwise. */
export function candidate(address: string, given: Partial<Candidate> = {}): Candidate {
  const weight = given.weight ?? 1;
  return {
    address,
    port: 80,
    weight,
    lastWeight: weight,
    overloaded: false,
    available: true,
    active: 0,
    inactive: 0,
    ...given,
  };
}

/** Destinations 10.0.0.1, 10.0.0.2 ... with these weights, in walk order. */
export function candidates(...weights: readonly number[]): Candidate[] {
  return weights.map((weight, index) => candidate(`10.0.${index >> 8}.${(index & 255) + 1}`, { weight }));
}

export function packetFrom(source: string, sourcePort = 40_000, destination = '10.9.9.9'): PacketFacts {
  return { source, sourcePort, destination };
}

/** A client address for each number below 2^24. */
export function client(index: number): string {
  return `203.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}

/** Surroundings with a clock that stands and numbers in a fixed order. */
export function schedulerContext(given: Partial<SchedulerContext> = {}): SchedulerContext {
  let seed = 1;
  return {
    family: () => 'inet',
    flags: () => 0,
    now: () => 0,
    random: (below) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 0x1_0000_0000) * below);
    },
    lblcExpiration: () => 86_400,
    lblcrExpiration: () => 86_400,
    ...given,
  };
}
