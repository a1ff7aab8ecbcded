import { awaitFrame } from '../../../kernel/packet-socket.ts';
import { WeirError } from '../../../base/error.ts';
import type { OutgoingFrame } from '../../../lvs/verdict.ts';
import { ETHER_TYPE } from '../../../net/ether-type.ts';
import { u16 } from '../../../net/bytes.ts';
import { Routing, type Surroundings } from '../../../lvs/routing.ts';
import type { Bed } from './bed.ts';
import { type Entrance, MARKERS, markerFrame, markerSerial } from './markers.ts';

/** Milliseconds after which a marker is lost. */
const PATIENCE = 2_000;
/**
 * A frame that XDP redirects is sent at the end of the poll that received it, which may come after the stack has sent the marker.
 * The second round of markers is received by a later poll.
 */
const ROUNDS = 2;

/**
 * The wire of a director in these surroundings.
 * @param rounds of markers behind a frame: one where the stack alone forwards
 */
export function wireOf(bed: Bed, surroundings: Surroundings, rounds = ROUNDS): Wire {
  const { interfaces, sysctls = {} } = surroundings;
  const routing = new Routing(surroundings);
  const forwards = Number(sysctls['net.ipv4.ip_forward'] ?? 1) !== 0;
  const entrances = Object.entries(interfaces).map(([name, { mac = '' }]): [string, Entrance] => [
    name,
    { mac, answers: forwards ? undefined : routing.addressOn(name, 'inet') },
  ]);
  return new Wire(bed, Object.fromEntries(entrances), rounds);
}

/** Frames through the director's real cables, one at a time: what goes in, and all that comes out because of it. */
export class Wire {
  readonly #bed: Bed;
  readonly #entrances: Readonly<Record<string, Entrance>>;
  readonly #rounds: number;
  #serial = 0;

  /** @param entrances how markers enter by each interface of the director */
  constructor(bed: Bed, entrances: Readonly<Record<string, Entrance>>, rounds = ROUNDS) {
    this.#bed = bed;
    this.#entrances = entrances;
    this.#rounds = rounds;
    this.#settle(MARKERS[0]!.dev);
  }

  /**
   * Puts a frame on the wire to an interface of the director, or has a program of the director send it by `lo`.
   * @returns the frames that left it, by interface; those of the director's own housekeeping (ARP, neighbour discovery) left out
   */
  send(arrives: string, frame: Uint8Array): OutgoingFrame[] {
    if (arrives === 'lo') {
      this.#bed.loopback.send(frame);
      return this.collect();
    }
    this.#cable(arrives).send(frame);
    return this.#settle(arrives);
  }

  /** What has left since the last frame, with nothing put on the wire for it. */
  collect(): OutgoingFrame[] {
    return this.#settle(MARKERS[0]!.dev);
  }

  #settle(arrives: string): OutgoingFrame[] {
    const came = new Map([...this.#bed.cables.keys()].map((name) => [name, [] as Uint8Array[]]));
    for (let round = 0; round < this.#rounds; round++) {
      const serial = ++this.#serial;
      const entrance = this.#entrances[arrives] ?? { mac: '' };
      for (const marker of MARKERS) this.#cable(arrives).send(markerFrame(entrance, marker, serial));
      for (const { dev } of MARKERS) came.get(dev)?.push(...this.#until(dev, serial));
    }
    return [...came].flatMap(([name, frames]) =>
      frames.filter((bytes) => !isHousekeeping(bytes)).map((bytes) => ({ interface: name, bytes })),
    );
  }

  /** What comes from an interface before its marker. */
  #until(name: string, serial: number): Uint8Array[] {
    const cable = this.#cable(name);
    const frames: Uint8Array[] = [];
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const frame = cable.receive();
      if (frame === undefined) {
        if (awaitFrame([cable], Math.max(0, deadline - performance.now()))) continue;
        throw new WeirError('LAB_FAILED', `the marker behind a frame did not come out of ${name}`, {
          expected: 'a director that routes, or with net.ipv4.ip_forward=0 answers echo requests',
        });
      }
      const marker = markerSerial(frame);
      if (marker === serial) return frames;
      if (marker === undefined) frames.push(frame);
    }
  }

  #cable(name: string) {
    const cable = this.#bed.cables.get(name);
    if (cable === undefined)
      throw new WeirError('INTERFACE_UNKNOWN', `the director of the recording has no interface ${name}`);
    return cable;
  }
}

const IPV6_HOP_BY_HOP = 0;
const ICMPV6 = 58;
/** Multicast listener messages and neighbour discovery (RFC 2710, 3810, 4861). */
const HOUSEKEEPING: ReadonlySet<number> = new Set([130, 131, 132, 133, 134, 135, 136, 137, 143]);

function isHousekeeping(frame: Uint8Array): boolean {
  const type = u16(frame, 12);
  if (type === ETHER_TYPE.arp) return true;
  if (type !== ETHER_TYPE.ipv6) return false;
  let [next, offset] = [frame[20], 54];
  if (next === IPV6_HOP_BY_HOP) [next, offset] = [frame[54], 54 + 8 * (frame[55]! + 1)];
  return next === ICMPV6 && HOUSEKEEPING.has(frame[offset]!);
}
