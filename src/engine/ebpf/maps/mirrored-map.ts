import type { BpfMap } from '../../../kernel/bpf-map.ts';

/** A hash map that is told anew what it is to hold, and written only where that differs. Keys and values in hexadecimal. */
export class MirroredMap {
  readonly #map: BpfMap;
  #written: ReadonlyMap<string, string>;

  constructor(map: BpfMap) {
    this.#map = map;
    const { keySize, valueSize } = map;
    const written = new Map<string, string>();
    for (const { count, keys, values } of map.batches())
      for (let i = 0; i < count; i++)
        written.set(
          keys.subarray(i * keySize, (i + 1) * keySize).toString('hex'),
          values.subarray(i * valueSize, (i + 1) * valueSize).toString('hex'),
        );
    this.#written = written;
  }

  get size(): number {
    return this.#written.size;
  }

  /** Holds these entries and no others from now on. */
  hold(wanted: ReadonlyMap<string, string>): void {
    for (const key of this.#written.keys()) if (!wanted.has(key)) this.#map.delete(Buffer.from(key, 'hex'));
    for (const [key, value] of wanted)
      if (this.#written.get(key) !== value) this.#map.update(Buffer.from(key, 'hex'), Buffer.from(value, 'hex'));
    this.#written = wanted;
  }
}
