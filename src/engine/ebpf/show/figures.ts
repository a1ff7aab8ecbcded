import { WeirError } from '../../../base/error.ts';
import { LOAD_SIZE, readLoadRecord } from '../../../kernel/abi.generated.ts';
import { newTally } from '../../../lvs/counters.ts';
import { type ServiceMatch, matchKey } from '../../../lvs/service.ts';
import type { DestinationStatistics, ServiceStatistics } from '../../../lvs/statistics.ts';
import type { TableService } from '../../../lvs/table.ts';
import { CounterSet } from './counters.ts';
import type { Registry, ServiceEntry } from '../maps/registry.ts';
import { readSignals, zeroSignals } from './signals.ts';
import { type Tables, viewOf } from '../maps/tables.ts';

/** What the programs count of services and destinations, as it is shown. */
export class Figures {
  readonly #tables: Tables;
  readonly #registry: Registry;
  readonly #services: CounterSet;
  readonly #destinations: CounterSet;
  #estimating: Promise<void> | undefined;

  constructor(tables: Tables, registry: Registry) {
    const { maps, fresh } = tables;
    this.#tables = tables;
    this.#registry = registry;
    this.#services = new CounterSet(maps.service_counters, maps.service_bases, fresh);
    this.#destinations = new CounterSet(maps.destination_counters, maps.destination_bases, fresh);
  }

  of(services: readonly TableService[]): ServiceStatistics[] {
    const end = this.#registry.serviceIds.end;
    const totals = this.#services.read(end);
    const bases = this.#services.bases(end);
    const shown = this.#ofDestinations();
    return services.map(({ match, destinations }) => {
      const { record, list } = this.#entry(match);
      const indices = list.toReversed();
      return {
        match,
        ...this.#services.shown(record.id, totals[record.id] ?? newTally(), bases),
        destinations: destinations.map(({ address, port }, place) => ({
          id: { address, port },
          ...shown(indices[place] ?? 0),
        })),
      };
    });
  }

  /** Reads all destinations at once; each is put together when it is asked for. */
  #ofDestinations(): (index: number) => Omit<DestinationStatistics, 'id'> {
    const { maps } = this.#tables;
    const end = this.#registry.destinationIndices.end;
    const totals = this.#destinations.read(end);
    const bases = this.#destinations.bases(end);
    const loads = viewOf(maps.loads.range(end));
    const signals = readSignals(maps.signals, end);
    return (index) => {
      const load = readLoadRecord(loads, index * LOAD_SIZE);
      return {
        active: Math.max(0, load.active | 0),
        inactive: Math.max(0, load.inactive | 0),
        persistent: load.persistent,
        signals: signals(index),
        ...this.#destinations.shown(index, totals[index] ?? newTally(), bases),
      };
    };
  }

  /** What is shown of a service and its destinations becomes zero. @param key of `matchKey` */
  zero(key: string): void {
    const entry = this.#registry.services.get(key);
    if (entry === undefined) return;
    this.zeroService(entry.record.id);
    for (const index of entry.list) this.zeroDestination(index);
  }

  zeroService(id: number): void {
    this.#services.zero(id);
  }

  zeroDestination(index: number): void {
    this.#destinations.zero(index);
    zeroSignals(this.#tables.maps.signals, index);
  }

  /** One step of the estimator; one that is under way is not overtaken. */
  async estimate(): Promise<void> {
    this.#estimating ??= this.#estimate();
    try {
      await this.#estimating;
    } finally {
      this.#estimating = undefined;
    }
  }

  /** Resolves when no step is under way. */
  async idle(): Promise<void> {
    await this.#estimating;
  }

  async #estimate(): Promise<void> {
    await this.#services.estimate(this.#registry.serviceIds.end);
    await this.#destinations.estimate(this.#registry.destinationIndices.end);
  }

  #entry(match: ServiceMatch): ServiceEntry {
    const entry = this.#registry.services.get(matchKey(match));
    if (entry === undefined)
      throw new WeirError('INTERNAL', `service ${matchKey(match)} is in the table but not in the maps`);
    return entry;
  }
}
