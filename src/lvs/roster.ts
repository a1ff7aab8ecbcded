import { WeirError } from '../base/error.ts';
import {
  newLiveDestination,
  newMeasured,
  zeroDestination,
  zeroMeasured,
  type LiveDestination,
  type LiveService,
} from './live.ts';
import type { Operation } from './operation.ts';
import type { SchedulerContext } from './schedulers/scheduler.ts';
import { startScheduler } from './schedulers/index.ts';
import { familyOfMatch, matchKey, type Destination, type Family, type Service, type ServiceMatch } from './service.ts';
import { updateOverload } from './threshold.ts';
import { Trash } from './trash.ts';

/** What a roster tells the director about. */
export interface RosterEvents {
  /** A destination has been deleted, alone or with its service. */
  deleted(destination: LiveDestination): void;
}

/**
 * The services and destinations of a running director: follows the operations that a table has accepted and keeps what a
 * table has not, schedulers, counts and deleted destinations that connections still point at (ip_vs_ctl.c).
 */
export class Roster {
  readonly #services = new Map<string, LiveService>();
  readonly #count: Record<Family, number> = { inet: 0, inet6: 0 };
  readonly #trash = new Trash();
  readonly #context: Omit<SchedulerContext, 'flags' | 'family'>;
  readonly #events: RosterEvents;

  constructor(context: Omit<SchedulerContext, 'flags' | 'family'>, events: RosterEvents) {
    this.#context = context;
    this.#events = events;
  }

  get(match: ServiceMatch): LiveService | undefined {
    return this.#services.get(matchKey(match));
  }

  find(key: string): LiveService | undefined {
    return this.#services.get(key);
  }

  /** How many services there are in a family. */
  count(family: Family): number {
    return this.#count[family];
  }

  services(): Iterable<LiveService> {
    return this.#services.values();
  }

  /** Follows one operation, which must have been accepted by `applyOperation`. */
  apply(operation: Operation): void {
    switch (operation.do) {
      case 'add-service':
        this.#addService(operation.service);
        break;
      case 'edit-service':
        this.#editService(this.#require(operation.service.match), operation.service);
        break;
      case 'delete-service':
        this.#deleteService(this.#require(operation.match));
        break;
      case 'add-destination':
        this.#addDestination(this.#require(operation.match), operation.destination);
        break;
      case 'edit-destination':
        this.#editDestination(this.#require(operation.match), operation.destination);
        break;
      case 'delete-destination':
        this.#deleteDestination(this.#require(operation.match), operation.destination);
        break;
      case 'flush':
        for (const service of this.#services.values()) this.#deleteService(service);
        break;
      case 'set-timeouts':
      case 'start-daemon':
      case 'stop-daemon':
      case 'add-mark':
      case 'delete-mark':
      case 'set-settings':
      case 'set-source':
      case 'delete-source':
      case 'set-vip':
      case 'delete-vip':
        break;
    }
  }

  /** Ends what has been in the trash for long enough without a connection; called once a minute. */
  sweepTrash(now: number): void {
    this.#trash.sweep(now);
  }

  /** Zeroes one service and its destinations, or all. */
  zero(match?: ServiceMatch): void {
    for (const service of match === undefined ? this.#services.values() : [this.#require(match)]) {
      zeroMeasured(service);
      for (const destination of service.destinations) zeroDestination(destination);
    }
  }

  #require(match: ServiceMatch): LiveService {
    const service = this.get(match);
    if (service !== undefined) return service;
    throw new WeirError('SERVICE_UNKNOWN', 'No such service', { errno: 'ESRCH', found: matchKey(match) });
  }

  #addService(config: Service): void {
    const service: LiveService = {
      ...newMeasured(),
      config,
      family: familyOfMatch(config.match),
      scheduler: undefined,
      destinations: [],
    };
    this.#bindScheduler(service);
    this.#services.set(matchKey(config.match), service);
    this.#count[service.family]++;
  }

  #editService(service: LiveService, config: Service): void {
    const another = config.scheduler !== service.config.scheduler;
    service.config = config;
    if (another) this.#bindScheduler(service);
  }

  #bindScheduler(service: LiveService): void {
    const context = {
      ...this.#context,
      flags: () => service.config.schedulerFlags,
      family: () => service.family,
    };
    service.scheduler = startScheduler(service.config.scheduler, service.destinations, context);
  }

  #deleteService(service: LiveService): void {
    this.#services.delete(matchKey(service.config.match));
    this.#count[service.family]--;
    for (const destination of service.destinations) this.#discard(destination);
    service.destinations = [];
  }

  #addDestination(service: LiveService, config: Destination): void {
    const revived = this.#trash.take(service, config);
    const destination = revived ?? newLiveDestination(config, service);
    if (revived !== undefined && revived.service !== service) zeroDestination(revived);
    destination.service = service;
    destination.available = true;
    configure(destination, config);
    service.destinations = [destination, ...service.destinations];
    service.scheduler?.added?.(service.destinations);
  }

  #editDestination(service: LiveService, config: Destination): void {
    const destination = requireDestination(service, config);
    configure(destination, config);
    service.scheduler?.updated?.(service.destinations);
  }

  #deleteDestination(service: LiveService, id: Pick<Destination, 'address' | 'port'>): void {
    const destination = requireDestination(service, id);
    const before = service.destinations;
    service.destinations = before.filter((one) => one !== destination);
    destination.available = false;
    service.scheduler?.deleted?.(service.destinations, destination, before);
    this.#discard(destination);
  }

  #discard(destination: LiveDestination): void {
    destination.available = false;
    this.#trash.put(destination);
    this.#events.deleted(destination);
  }
}

/** Takes over what an operator has set; thresholds act at once. */
function configure(destination: LiveDestination, config: Destination): void {
  const { upperThreshold, lowerThreshold } = destination.config;
  destination.config = config;
  const edited = config.upperThreshold !== upperThreshold || config.lowerThreshold !== lowerThreshold;
  if (edited) updateOverload(destination);
  destination.weight = config.weight;
  if (config.weight !== 0) destination.lastWeight = config.weight;
}

function requireDestination(service: LiveService, id: Pick<Destination, 'address' | 'port'>): LiveDestination {
  const found = service.destinations.find(({ address, port }) => address === id.address && port === id.port);
  if (found !== undefined) return found;
  throw new WeirError('DESTINATION_UNKNOWN', 'No such destination', { errno: 'ENOENT', found: id.address });
}
