import { isGroupMac, macAt, type MacAddress } from '../net/mac-address.ts';
import type { Agenda } from './agenda.ts';

/** A NIC as a switch sees it. */
export interface Port {
  host: string;
  nic: string;
  mac: MacAddress;
  /** A frame comes out of the switch. */
  receive(frame: Uint8Array): void;
}

/** Microseconds that a frame is on a cable, each way. */
const CABLE = 5;
/** Microseconds after which a switch forgets where an address was (IEEE 802.1D: 300 s). */
const AGEING = 300_000_000;

/** What a switch did with a frame: the ports it went out of, and whether because it did not know better. */
export interface Switching {
  to: readonly Port[];
  flooded: boolean;
}

/** An Ethernet segment: a switch that learns which MAC address is behind which port (IEEE 802.1D clause 7.8, 7.9). */
export class Segment {
  readonly name: string;
  readonly #agenda: Agenda;
  /** As a bridge of Linux keeps them: the port that was plugged in last is served first. */
  readonly #ports: Port[] = [];
  readonly #known = new Map<MacAddress, { port: Port; seen: number }>();

  constructor(name: string, agenda: Agenda) {
    this.name = name;
    this.#agenda = agenda;
  }

  get ports(): readonly Port[] {
    return this.#ports;
  }

  /** Behind which port an address was last seen. */
  portOf(mac: MacAddress): Port | undefined {
    const entry = this.#known.get(mac);
    return entry !== undefined && this.#agenda.now - entry.seen < AGEING ? entry.port : undefined;
  }

  plug(port: Port): void {
    this.#ports.unshift(port);
  }

  /** A frame comes in by a port and goes out of one, or of all others; none ever goes back where it came from. */
  send(from: Port, frame: Uint8Array): Switching {
    const [destination, source] = [macAt(frame, 0), macAt(frame, 6)];
    if (!isGroupMac(source)) this.#known.set(source, { port: from, seen: this.#agenda.now });
    const known = isGroupMac(destination) ? undefined : this.portOf(destination);
    const to = known === undefined ? this.#ports.filter((port) => port !== from) : known === from ? [] : [known];
    for (const port of to) this.#agenda.after(2 * CABLE, () => port.receive(frame));
    return { to, flooded: known === undefined };
  }
}
