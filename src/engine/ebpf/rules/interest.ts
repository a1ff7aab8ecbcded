import { INTEREST_SIZE } from '../../../kernel/abi.generated.ts';
import type { BpfMap } from '../../../kernel/bpf-map.ts';
import { isMarkMatch } from '../../../lvs/service.ts';
import type { Table, TableService } from '../../../lvs/table.ts';
import { addressWords } from '../maps/layouts.ts';
import { viewOf } from '../maps/tables.ts';

/**
 * The set of addresses that concern the director (struct weir_interest of bpf/abi.h). It may hold too much, which costs time, and
 * never too little: addresses are added before the service that has them, and taken out when nothing can use them any more.
 */
export class Interest {
  readonly #map: BpfMap;
  #held: AddressSet;

  constructor(map: BpfMap) {
    this.#map = map;
    this.#held = new AddressSet(map.at(0));
  }

  /** @param addresses as words of bpf/abi.h, as services and destinations have them */
  add(addresses: Iterable<readonly number[]>): void {
    if (this.#held.add(addresses)) this.#write();
  }

  /** Holds these and no others from now on. */
  replace(addresses: AddressSet): void {
    if (addresses.equals(this.#held)) return;
    this.#held = addresses;
    this.#write();
  }

  /** Nothing is known of the addresses: every packet may be of interest. */
  fill(): void {
    if (this.#held.fill()) this.#write();
  }

  #write(): void {
    this.#map.set(0, this.#held.toBytes());
  }
}

/** A set of bits; an address stands for one of them, which others may share. */
export class AddressSet {
  readonly #words: Uint32Array;

  /** @param bytes little-endian words */
  constructor(bytes: Buffer = Buffer.alloc(INTEREST_SIZE)) {
    const view = viewOf(bytes);
    this.#words = Uint32Array.from({ length: INTEREST_SIZE / 4 }, (_, word) => view.getUint32(word * 4, true));
  }

  /** @returns whether anything has changed */
  add(addresses: Iterable<readonly number[]>): boolean {
    let changed = false;
    for (const address of addresses) {
      const bit = bitOf(address);
      const word = this.#words[bit >>> 5]!;
      this.#words[bit >>> 5] = word | (1 << (bit & 31));
      changed ||= this.#words[bit >>> 5] !== word;
    }
    return changed;
  }

  /** @returns whether anything has changed */
  fill(): boolean {
    if (this.#words.every((word) => word === 0xffff_ffff)) return false;
    this.#words.fill(0xffff_ffff);
    return true;
  }

  equals(other: AddressSet): boolean {
    return this.#words.every((word, place) => word === other.#words[place]);
  }

  toBytes(): Buffer {
    const bytes = Buffer.alloc(INTEREST_SIZE);
    for (const [place, word] of this.#words.entries()) bytes.writeUInt32LE(word, place * 4);
    return bytes;
  }
}

/**
 * True if firewall marks come from elsewhere than Weir's rules: a service has a mark that no rule gives, so netfilter must, to packets to
 * whatever address.
 */
export function areMarksForeign({ services, marks }: Pick<Table, 'services' | 'marks'>): boolean {
  return services.some(({ match }) => isMarkMatch(match) && !marks.some(({ mark }) => mark === match.mark));
}

/** The addresses that packets of a service carry: its own, and those of its destinations. */
export function addressesOf({ match, destinations }: TableService): (readonly number[])[] {
  const own = isMarkMatch(match) ? [] : [addressWords(match.address)];
  return [...own, ...destinations.map(({ address }) => addressWords(address))];
}

/** interest_has of bpf/interest.h, on words as they lie in memory: the lowest address byte first. */
function bitOf(address: readonly number[]): number {
  const fold = address.reduce((sum, word) => sum ^ word, 0);
  const inMemory = ((fold & 0xff) << 24) | ((fold & 0xff00) << 8) | ((fold >>> 8) & 0xff00) | (fold >>> 24);
  return Math.imul(inMemory, 0x9e3779b1) >>> 16;
}
