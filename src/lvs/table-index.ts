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
 * So a change costs the same with ten services and with ten thousand, and old tables stay valid. Only a draft, which nobody else
 * has, changes itself.
 */
export class ServiceIndex {
  #buckets: readonly Bucket[];
  #nextOrder: number;
  #services: readonly TableService[] | undefined;
  /** Of a draft: the buckets that it has copied, by their place. */
  #own: Map<number, Map<string, Entry>> | undefined;

  private constructor(buckets: readonly Bucket[], nextOrder: number, own?: Map<number, Map<string, Entry>>) {
    this.#buckets = buckets;
    this.#nextOrder = nextOrder;
    this.#own = own;
  }

  static get empty(): ServiceIndex {
    return EMPTY;
  }

  /** The same as a draft: `set`, `delete` and `emptied` change it and give it back. */
  draft(): ServiceIndex {
    return new ServiceIndex(this.#buckets, this.#nextOrder, new Map());
  }

  /** The end of a draft: an index that does not change any more. */
  settled(): ServiceIndex {
    this.#own = undefined;
    return this;
  }

  emptied(): ServiceIndex {
    return this.#own === undefined ? EMPTY : EMPTY.draft();
  }

  /** An index of services that stand in the order of adding. */
  static of(services: readonly TableService[]): ServiceIndex {
    const buckets: Map<string, Entry>[] = Array.from({ length: BUCKETS }, () => new Map());
    services.forEach((service, order) => {
      const key = matchKey(service.match);
      buckets[bucketOf(key)]!.set(key, { order, service });
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
      .flatMap((bucket) => [...bucket.values()])
      .sort((a, b) => a.order - b.order)
      .map((entry) => entry.service);
    return this.#services;
  }

  #changed(key: string, change: (bucket: Map<string, Entry>) => void, nextOrder: number): ServiceIndex {
    const place = bucketOf(key);
    const own = this.#own?.get(place);
    const bucket = own ?? new Map(this.#buckets[place]);
    change(bucket);
    if (own === undefined) {
      const buckets = this.#buckets.with(place, bucket);
      if (this.#own === undefined) return new ServiceIndex(buckets, nextOrder);
      this.#buckets = buckets;
      this.#own.set(place, bucket);
    }
    this.#nextOrder = nextOrder;
    this.#services = undefined;
    return this;
  }
}

/** FNV-1a over the UTF-16 units. */
function bucketOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % BUCKETS;
}

const EMPTY = ServiceIndex.of([]);
