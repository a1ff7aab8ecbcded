import { WeirError } from '../../../base/error.ts';
import { INTERFACE_SIZE, readInterfaceRecord, writeInterfaceRecord } from '../../../kernel/abi.generated.ts';
import type { BpfMap } from '../../../kernel/bpf-map.ts';
import type { Interface } from '../../../kernel/interfaces.ts';
import { parseMac } from '../../../net/address.ts';
import { viewOf } from '../maps/tables.ts';

/** The interfaces that the XDP programs know: they take only what is addressed to their MAC, and send only out of them. */
export class Acquaintances {
  readonly #map: BpfMap;

  constructor(map: BpfMap) {
    this.#map = map;
  }

  /**
   * Tells the programs the interface's own MAC, by which they know what is addressed to this host.
   * @param served indices of interfaces whose place must not be taken
   * @throws WeirError KERNEL_FEATURE_MISSING if one of them has it
   */
  introduce({ name, index, mac }: Interface, served: ReadonlySet<number>): void {
    const slot = index % this.#map.maxEntries;
    const other = readInterfaceRecord(viewOf(this.#map.at(slot)));
    if (other.index !== 0 && other.index !== index && served.has(other.index)) {
      throw new WeirError('KERNEL_FEATURE_MISSING', `XDP cannot serve ${name} beside interface number ${other.index}`, {
        where: name,
        expected: `interface numbers that differ modulo ${this.#map.maxEntries}`,
        found: `${other.index} and ${index}`,
        fix: 'run Weir with --hook tc',
      });
    }
    const value = Buffer.alloc(INTERFACE_SIZE);
    writeInterfaceRecord(viewOf(value), { index, mac: [...parseMac(mac)] });
    this.#map.set(slot, value);
  }

  /** Takes out all but these. */
  keepOnly(indices: ReadonlySet<number>): void {
    const slots = viewOf(this.#map.range(this.#map.maxEntries));
    for (let slot = 0; slot < this.#map.maxEntries; slot++) {
      const { index } = readInterfaceRecord(slots, slot * INTERFACE_SIZE);
      if (index !== 0 && !indices.has(index)) this.#map.set(slot, Buffer.alloc(INTERFACE_SIZE));
    }
  }
}
