import type { MacAddress } from '../net/mac-address.ts';
import { SECOND, type Agenda, type Appointment } from './agenda.ts';

/** States of a neighbour (RFC 4861 section 7.3.2; the kernel uses them for ARP too). */
export type NeighbourState = 'INCOMPLETE' | 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'FAILED' | 'PERMANENT';

export interface Neighbour {
  readonly nic: string;
  readonly address: string;
  readonly mac: MacAddress | undefined;
  readonly state: NeighbourState;
}

/** A packet that waits for the address of its next hop. */
export interface Waiting {
  bytes: Uint8Array;
}

/** What a neighbour table has done for it by its host. */
export interface NeighbourActions<W extends Waiting> {
  /** Ask who has an address: everybody, or only `mac` if it was known. `cause` is the first packet that waits. */
  ask(nic: string, address: string, mac: MacAddress | undefined, cause: W | undefined): void;
  send(nic: string, mac: MacAddress, packet: W): void;
  /** Nobody has answered. */
  fail(nic: string, packets: readonly W[]): void;
  changed(entry: Neighbour, before: { state: NeighbourState; mac: MacAddress | undefined } | undefined): void;
}

interface Entry<W> {
  nic: string;
  address: string;
  mac: MacAddress | undefined;
  state: NeighbourState;
  updated: number;
  confirmed: number;
  used: number;
  probes: number;
  queue: W[];
  timer: Appointment | undefined;
}

/** The kernel's defaults of net.ipv4.neigh.default (neighbour.c, arp.c), in microseconds. */
const REACHABLE_TIME = 30 * SECOND;
const DELAY_FIRST_PROBE = 5 * SECOND;
const RETRANS = SECOND;
const PROBES = 3;
const LOCK_TIME = SECOND;
const VALID: ReadonlySet<NeighbourState> = new Set(['REACHABLE', 'PERMANENT', 'STALE', 'DELAY', 'PROBE']);

/** The ARP and neighbour-discovery cache of a host. */
export class Neighbours<W extends Waiting> {
  readonly #entries = new Map<string, Entry<W>>();
  readonly #agenda: Agenda;
  readonly #actions: NeighbourActions<W>;

  constructor(agenda: Agenda, actions: NeighbourActions<W>) {
    this.#agenda = agenda;
    this.#actions = actions;
  }

  list(): Neighbour[] {
    return [...this.#entries.values()].map(({ nic, address, mac, state }) => ({ nic, address, mac, state }));
  }

  get(nic: string, address: string): Neighbour | undefined {
    return this.#entries.get(`${nic} ${address}`);
  }

  /** `arp -s`: the entry is neither asked for nor changed by what others say. */
  bind(nic: string, address: string, mac: MacAddress): void {
    this.#set(this.#entry(nic, address), 'PERMANENT', mac);
  }

  /** Sends a packet to a next hop, at once if its address is known, else when somebody has told it. */
  resolve(nic: string, address: string, packet: W): void {
    const entry = this.#entry(nic, address);
    entry.used = this.#agenda.now;
    if (entry.mac !== undefined && VALID.has(entry.state)) {
      if (entry.state === 'STALE') {
        this.#set(entry, 'DELAY', entry.mac);
        this.#wait(entry, DELAY_FIRST_PROBE);
      }
      this.#actions.send(nic, entry.mac, packet);
      return;
    }
    entry.queue.push(packet);
    if (entry.state === 'INCOMPLETE' && entry.timer !== undefined) return;
    this.#set(entry, 'INCOMPLETE', undefined);
    this.#probe(entry);
  }

  /** A question came from this address: it is written down whatever stood there (neigh_event_ns). */
  heardQuestion(nic: string, address: string, mac: MacAddress): void {
    this.#update(this.#entry(nic, address), mac, 'STALE', true);
  }

  /**
   * Something else told where an address is. Only an entry that is there takes it in; a second one within a second of the first
   * does not change the address (`locktime`), unless it is gratuitous.
   */
  heardAnswer(nic: string, address: string, mac: MacAddress, how: { solicited: boolean; gratuitous: boolean }): void {
    const entry = this.#entries.get(`${nic} ${address}`);
    if (entry === undefined) return;
    const override = how.gratuitous || this.#agenda.now - entry.updated > LOCK_TIME;
    this.#update(entry, mac, how.solicited ? 'REACHABLE' : 'STALE', override);
  }

  /** A connection makes progress through this neighbour, so it is there. */
  confirm(nic: string, address: string): void {
    const entry = this.#entries.get(`${nic} ${address}`);
    if (entry !== undefined) entry.confirmed = this.#agenda.now;
  }

  #entry(nic: string, address: string): Entry<W> {
    const key = `${nic} ${address}`;
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry<W> = {
      nic,
      address,
      mac: undefined,
      state: 'INCOMPLETE',
      updated: Number.NEGATIVE_INFINITY,
      confirmed: 0,
      used: 0,
      probes: 0,
      queue: [],
      timer: undefined,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  #update(entry: Entry<W>, mac: MacAddress, state: NeighbourState, override: boolean): void {
    if (entry.state === 'PERMANENT') return;
    const known = entry.mac !== undefined && VALID.has(entry.state);
    if (known && entry.mac !== mac && !override) return;
    // News that say nothing new do not make a neighbour less certain than it is.
    if (known && entry.mac === mac && state === 'STALE') return;
    entry.probes = 0;
    if (state === 'REACHABLE') entry.confirmed = this.#agenda.now;
    this.#set(entry, state, mac);
    entry.timer?.cancel();
    entry.timer = undefined;
    if (state === 'REACHABLE') this.#wait(entry, REACHABLE_TIME);
    for (const packet of entry.queue.splice(0)) this.resolve(entry.nic, entry.address, packet);
  }

  #set(entry: Entry<W>, state: NeighbourState, mac: MacAddress | undefined): void {
    const before = { state: entry.state, mac: entry.mac };
    const isNew = entry.updated === Number.NEGATIVE_INFINITY;
    entry.state = state;
    entry.mac = mac;
    if (!isNew && before.state === state && before.mac === mac) return;
    entry.updated = this.#agenda.now;
    this.#actions.changed(entry, isNew ? undefined : before);
  }

  #wait(entry: Entry<W>, delay: number): void {
    entry.timer?.cancel();
    entry.timer = this.#agenda.after(delay, () => {
      entry.timer = undefined;
      this.#timeOut(entry);
    });
  }

  #timeOut(entry: Entry<W>): void {
    const { now } = this.#agenda;
    switch (entry.state) {
      case 'REACHABLE':
        if (now < entry.confirmed + REACHABLE_TIME) this.#wait(entry, entry.confirmed + REACHABLE_TIME - now);
        else if (now <= entry.used + DELAY_FIRST_PROBE) {
          this.#set(entry, 'DELAY', entry.mac);
          this.#wait(entry, DELAY_FIRST_PROBE);
        } else this.#set(entry, 'STALE', entry.mac);
        break;
      case 'DELAY':
        if (now <= entry.confirmed + DELAY_FIRST_PROBE) {
          this.#set(entry, 'REACHABLE', entry.mac);
          this.#wait(entry, REACHABLE_TIME);
        } else {
          entry.probes = 0;
          this.#set(entry, 'PROBE', entry.mac);
          this.#probe(entry);
        }
        break;
      case 'INCOMPLETE':
      case 'PROBE':
        this.#probe(entry);
        break;
      case 'STALE':
      case 'FAILED':
      case 'PERMANENT':
        break;
    }
  }

  #probe(entry: Entry<W>): void {
    if (entry.probes < PROBES) {
      entry.probes++;
      this.#wait(entry, RETRANS);
      this.#actions.ask(entry.nic, entry.address, entry.state === 'PROBE' ? entry.mac : undefined, entry.queue[0]);
      return;
    }
    entry.probes = 0;
    this.#set(entry, 'FAILED', undefined);
    this.#actions.fail(entry.nic, entry.queue.splice(0));
  }
}
