import { countersSince } from './counters.ts';
import { ESTIMATION_PERIOD, ratesOf, stepEstimator } from './estimator.ts';
import type { Connection } from './live-connection.ts';
import type { LiveDestination, LiveService } from './live.ts';
import type { Operation } from './operation.ts';
import { Roster } from './roster.ts';
import { NOWHERE, Routing, type Surroundings } from './routing.ts';
import type { ServiceMatch } from './service.ts';
import type { DestinationStatistics, ServiceStatistics } from './statistics.ts';
import { TRASH_PERIOD } from './trash.ts';

export interface DirectorOptions {
  surroundings?: Surroundings;
  /** Milliseconds at which the director's clock starts. */
  now?: number;
  /** A whole number from 0 to `below` - 1; `Math.random` if absent. */
  random?: (below: number) => number;
}

/**
 * A director in memory: tables, packets and a clock in, verdicts out. The clock only moves when `advance` is called, and
 * everything that has a time (connections, estimator, trash) then happens in its order.
 */
export class Director {
  readonly routing: Routing;
  readonly roster: Roster;
  #now: number;
  #nextEstimation: number;
  #nextTrash: number;

  constructor({ surroundings = NOWHERE, now = 0, random = randomBelow }: DirectorOptions = {}) {
    this.routing = new Routing(surroundings);
    this.#now = now;
    this.#nextEstimation = now + ESTIMATION_PERIOD;
    this.#nextTrash = now + TRASH_PERIOD;
    const day = 86_400;
    this.roster = new Roster(
      { now: () => this.#now, random, lblcExpiration: () => day, lblcrExpiration: () => day },
      { deleted: () => undefined },
    );
  }

  /** Milliseconds. */
  get now(): number {
    return this.#now;
  }

  /** Follows an operation that `applyOperation` has accepted. */
  apply(operation: Operation): void {
    this.roster.apply(operation);
  }

  /** Moves the clock; it never goes back. */
  advance(now: number): void {
    while (this.#nextEstimation <= now) {
      this.#now = this.#nextEstimation;
      for (const one of this.#measured()) stepEstimator(one.estimator, one.tally);
      this.#nextEstimation += ESTIMATION_PERIOD;
    }
    while (this.#nextTrash <= now) {
      this.roster.sweepTrash(this.#nextTrash);
      this.#nextTrash += TRASH_PERIOD;
    }
    this.#now = Math.max(this.#now, now);
  }

  statistics(match: ServiceMatch): ServiceStatistics | undefined {
    const service = this.roster.get(match);
    return service === undefined ? undefined : serviceStatistics(service);
  }

  *connections(): Iterable<Connection> {}

  *#measured(): Iterable<LiveService | LiveDestination> {
    for (const service of this.roster.services()) {
      yield service;
      yield* service.destinations;
    }
  }
}

function serviceStatistics(service: LiveService): ServiceStatistics {
  return {
    match: service.config.match,
    counters: countersSince(service.tally, service.zero),
    rates: ratesOf(service.estimator),
    destinations: service.destinations.map(destinationStatistics),
  };
}

function destinationStatistics(destination: LiveDestination): DestinationStatistics {
  return {
    id: { address: destination.address, port: destination.port },
    active: destination.active,
    inactive: destination.inactive,
    persistent: destination.persistent,
    counters: countersSince(destination.tally, destination.zero),
    rates: ratesOf(destination.estimator),
  };
}

function randomBelow(below: number): number {
  return Math.floor(Math.random() * below);
}
