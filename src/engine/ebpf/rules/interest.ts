import { INTEREST_SIZE } from '../../../kernel/abi.generated.ts';
import type { BpfMap } from '../../../kernel/bpf-map.ts';
import { isAboutServices } from '../../../lvs/mark.ts';
import { isMarkMatch } from '../../../lvs/service.ts';
import type { Table, TableService } from '../../../lvs/table.ts';
import { addressWords } from '../maps/layouts.ts';
import { swap16, swap32 } from '../maps/shards.ts';
import { viewOf } from '../maps/tables.ts';

/** What packets that concern the director carry. */
type Concern = Pick<Table, 'services' | 'marks'>;

/**
 * The set of addresses, and that of endpoints, that concern the director (struct weir_interest of bpf/abi.h). They may hold too much,
 * which costs time, and never too little: what a service needs is added before it, and taken out when nothing can use it any more.
 */
export class Interest {
  readonly #map: BpfMap;
  #held: ConcernSet;

  constructor(map: BpfMap) {
    this.#map = map;
    this.#held = new ConcernSet(map.at(0));
  }

  add(concern: Partial<Concern>): void {
    if (this.#held.add(concern)) this.#write();
  }

  /** Holds this and nothing else from now on. */
  replace(concerns: ConcernSet): void {
    if (concerns.equals(this.#held)) return;
    this.#held = concerns;
    this.#write();
  }

  /** Nothing is known of the addresses: every packet may be of interest. */
  fill(): void {
    if (this.#held.fill()) this.#write();
  }

  #write(): void {
    this.#map.set(0, this.#held.bytes);
  }
}

/** Both sets. An address or endpoint stands for one bit, which others may share. */
export class ConcernSet {
  /** As they lie in memory. */
  readonly bytes: Buffer;
  readonly #addresses: BitSet;
  readonly #endpoints: BitSet;

  constructor(bytes: Buffer = Buffer.alloc(INTEREST_SIZE)) {
    this.bytes = Buffer.from(bytes);
    this.#addresses = new BitSet(viewOf(this.bytes.subarray(0, INTEREST_SIZE / 2)));
    this.#endpoints = new BitSet(viewOf(this.bytes.subarray(INTEREST_SIZE / 2)));
  }

  /** @returns whether anything has changed */
  add({ services = [], marks = [] }: Partial<Concern>): boolean {
    let changed = false;
    for (const { match } of marks.filter((rule) => isAboutServices(rule.match)))
      changed = this.#addresses.add(fold(match.address)) || changed;
    for (const service of services) changed = this.#addService(service) || changed;
    return changed;
  }

  #addService(service: TableService): boolean {
    const { match, destinations } = service;
    const single = hasOnePort(service);
    let changed = !single && this.#endpoints.fill();
    const add = (address: string, port: number): void => {
      const folded = fold(address);
      changed = this.#addresses.add(folded) || changed;
      if (single) changed = this.#endpoints.add(folded ^ swap16(port)) || changed;
    };
    if (isMarkMatch(match)) {
      for (const { address } of destinations) add(address, 0);
      return changed;
    }
    add(match.address, match.port);
    for (const { address, port } of destinations) add(address, port === 0 ? match.port : port);
    return changed;
  }

  /** @returns whether anything has changed */
  fill(): boolean {
    return [this.#addresses.fill(), this.#endpoints.fill()].includes(true);
  }

  equals(other: ConcernSet): boolean {
    return this.bytes.equals(other.bytes);
  }
}

/** interest_set_has of bpf/lookup/interest.h. */
class BitSet {
  readonly #view: DataView;

  constructor(view: DataView) {
    this.#view = view;
  }

  /** @returns whether anything has changed */
  add(key: number): boolean {
    const bit = Math.imul(key, 0x9e3779b1) >>> 16;
    const at = (bit >>> 5) * 4;
    const word = this.#view.getUint32(at, true);
    const more = (word | (1 << (bit & 31))) >>> 0;
    if (more === word) return false;
    this.#view.setUint32(at, more, true);
    return true;
  }

  /** @returns whether anything has changed */
  fill(): boolean {
    let changed = false;
    for (let at = 0; at < this.#view.byteLength; at += 4) {
      changed ||= this.#view.getUint32(at, true) !== 0xffff_ffff;
      this.#view.setUint32(at, 0xffff_ffff, true);
    }
    return changed;
  }
}

const FTP_PORT = 21;

/** False for a service that packets of more than one port of its address belong to, or that has real servers which call clients. */
function hasOnePort({ match, persistenceEngine }: TableService): boolean {
  if (isMarkMatch(match) || match.port === 0 || persistenceEngine !== undefined) return false;
  return match.protocol !== 'tcp' || match.port !== FTP_PORT;
}

/**
 * True if firewall marks come from elsewhere than Weir's rules: a service has a mark that no rule gives, so netfilter must, to packets to
 * whatever address.
 */
export function areMarksForeign({ services, marks }: Concern): boolean {
  return services.some(
    ({ match }) => isMarkMatch(match) && !marks.some((rule) => rule.mark === match.mark && isAboutServices(rule.match)),
  );
}

/** address_fold of bpf/family.h, of words as they lie in memory: the lowest address byte first. */
function fold(address: string): number {
  const [first = 0, second = 0, third = 0, last = 0] = addressWords(address);
  return swap32(first ^ second ^ third ^ last);
}
