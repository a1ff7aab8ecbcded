import { matchKey } from './service.ts';
import type { TableService } from './table.ts';

interface Entry {
  /** Rises with every added service, so that the order of adding can be laid out again. */
  readonly order: number;
  readonly service: TableService;
}

type Bucket = ReadonlyMap<string, Entry>;

const BUCKETS = 256;

/**
 * The services by their match, immutable: every change makes a new index that shares all but one bucket with the old one.
 * So a change costs the same with ten services and with ten thousand, and old tables stay valid.
 */
export class ServiceIndex {
  readonly #buckets: readonly (Bucket | undefined)[];
  readonly #nextOrder: number;
  #services: readonly TableService[] | undefined;

  private constructor(buckets: readonly (Bucket | undefined)[], nextOrder: number) {
    this.#buckets = buckets;
    this.#nextOrder = nextOrder;
  }

  static get empty(): ServiceIndex {
    return EMPTY;
  }

  /** An index of services that stand in the order of adding. */
  static of(services: readonly TableService[]): ServiceIndex {
    const buckets: Map<string, Entry>[] = [];
    services.forEach((service, order) => {
      const key = matchKey(service.match);
      (buckets[bucketOf(key)] ??= new Map()).set(key, { order, service });
    });
    return new ServiceIndex(buckets, services.length);
  }

  get(key: string): TableService | undefined {
    return this.#buckets[bucketOf(key)]?.get(key)?.service;
  }

  /** Puts a service in the place of the one with its key, or at the end. */
  set(key: string, service: TableService): ServiceIndex {
    const order = this.#buckets[bucketOf(key)]?.get(key)?.order ?? this.#nextOrder;
    return this.#changed(key, (bucket) => bucket.set(key, { order, service }), Math.max(this.#nextOrder, order + 1));
  }

  delete(key: string): ServiceIndex {
    return this.#changed(key, (bucket) => bucket.delete(key), this.#nextOrder);
  }

  /** All services in the order of adding. */
  services(): readonly TableService[] {
    this.#services ??= this.#buckets
      .flatMap((bucket) => (bucket === undefined ? [] : [...bucket.values()]))
      .sort((a, b) => a.order - b.order)
      .map((entry) => entry.service);
    return this.#services;
  }

  #changed(key: string, change: (bucket: Map<string, Entry>) => void, nextOrder: number): ServiceIndex {
    const buckets = [...this.#buckets];
    const bucket = new Map(buckets[bucketOf(key)]);
    change(bucket);
    buckets[bucketOf(key)] = bucket;
    return new ServiceIndex(buckets, nextOrder);
  }
}

/** FNV-1a over the UTF-16 units. */
function bucketOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % BUCKETS;
}

const EMPTY = ServiceIndex.of([]);
