import { WeirError } from '../base/error.ts';
import { familyOf } from '../lvs/service.ts';
import { ownPacket } from '../lvs/packet.ts';
import { ETHER_TYPE } from '../net/ether-type.ts';
import { u16 } from '../net/bytes.ts';
import { isGroupMac, macAt } from '../net/mac-address.ts';
import { parseFrame } from '../net/frame.ts';
import { frameText } from '../net/frame-text.ts';
import { Agenda } from './agenda.ts';
import { askByArp, receiveArp } from './arp.ts';
import { drop } from './drop.ts';
import type { SimEvent } from './event.ts';
import { isFiltered } from './flood-filter.ts';
import { startHabit } from './habits.ts';
import { Host, type Surround, type WaitingPacket } from './host.ts';
import { sendIcmp } from './icmp-output.ts';
import { receiveIp, receivePacket } from './ip-input.ts';
import { sendToMac } from './link.ts';
import { askByDiscovery } from './nd.ts';
import type { NeighbourActions } from './neighbours.ts';
import { sendRequest, startServer, type Request, type Result } from './programs.ts';
import { Segment } from './segment.ts';
import type { HostSpec, NetworkSpec } from './spec.ts';
import { Transport } from './transport.ts';

/** A frame as it went out of a NIC, or came in. */
export interface FrameSighting {
  /** Microseconds. */
  time: number;
  host: string;
  nic: string;
  direction: 'out' | 'in';
  bytes: Uint8Array;
}

export interface NetworkOptions {
  /** The clock; one of its own if absent. */
  agenda?: Agenda;
  /** What all chance is drawn from; equal seeds give equal runs. */
  seed?: number;
}

/** A network in memory: hosts with the stack of Linux, switches, and a clock that moves when it is told to. */
export class Network {
  readonly agenda: Agenda;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly segments: ReadonlyMap<string, Segment>;
  /** Everything that has happened, in order. */
  readonly events: SimEvent[] = [];
  /** Every frame at every NIC, in order. */
  readonly frames: FrameSighting[] = [];

  constructor(spec: NetworkSpec, { agenda = new Agenda(), seed = 1 }: NetworkOptions = {}) {
    this.agenda = agenda;
    this.segments = new Map(spec.segments.map((name) => [name, new Segment(name, agenda)]));
    const around: Surround = {
      agenda,
      random: randomOf(seed),
      segment: (name) => this.#segment(name),
      tell: (event) => this.events.push({ time: agenda.now, ...event }),
      sighted: (host, nic, direction, bytes) => this.#sighted(host, nic, direction, bytes),
    };
    this.hosts = new Map(spec.hosts.map((host) => [host.name, makeHost(host, around)]));
    for (const host of this.hosts.values()) this.#plug(host);
  }

  /** @throws WeirError LAB_UNKNOWN for a host there is not */
  host(name: string): Host {
    const host = this.hosts.get(name);
    if (host !== undefined) return host;
    throw new WeirError('LAB_UNKNOWN', `there is no host ${JSON.stringify(name)}`, {
      expected: `one of ${[...this.hosts.keys()].join(', ')}`,
      found: name,
    });
  }

  /** Sends a request from a host and lets time pass until it has its result. */
  request(from: string, request: Request): Result {
    const result = sendRequest(this.host(from), request);
    for (;;) {
      const now = result();
      if (now !== undefined) return now;
      if (!this.agenda.step()) return { kind: 'timeout', connected: false };
    }
  }

  /** Lets microseconds pass. */
  wait(time: number): void {
    this.agenda.runUntil(this.agenda.now + time);
  }

  #segment(name: string): Segment {
    const segment = this.segments.get(name);
    if (segment !== undefined) return segment;
    throw new WeirError('LAB_UNKNOWN', `there is no segment ${JSON.stringify(name)}`, {
      expected: `one of ${[...this.segments.keys()].join(', ')}`,
    });
  }

  #plug(host: Host): void {
    for (const nic of host.interfaces.values()) {
      if (nic.segment === undefined) continue;
      const port = {
        host: host.name,
        nic: nic.name,
        mac: host.macOf(nic.name),
        receive: (frame: Uint8Array) => this.#deliver(host, nic.name, frame),
      };
      nic.port = port;
      this.#segment(nic.segment).plug(port);
    }
  }

  /** A NIC takes what is for it or for a group, and lets the rest go by. */
  #deliver(host: Host, nic: string, frame: Uint8Array): void {
    if (!host.isForNic(frame, nic) && !isGroupMac(macAt(frame, 0))) return;
    if (isFiltered(host, nic, frame)) return drop(host, nic, frame.slice(14), 'foreign-xdp');
    this.#sighted(host, nic, 'in', frame);
    const type = u16(frame, 12);
    if (type === ETHER_TYPE.arp) receiveArp(host, nic, frame);
    else if (type === ETHER_TYPE.ipv4 || type === ETHER_TYPE.ipv6) receiveIp(host, nic, frame.slice(14));
  }

  #sighted({ name }: Host, nic: string, direction: 'out' | 'in', bytes: Uint8Array): void {
    this.frames.push({ time: this.agenda.now, host: name, nic, direction, bytes });
    const text = frameText(parseFrame(bytes));
    this.events.push({
      time: this.agenda.now,
      kind: direction === 'out' ? 'send' : 'receive',
      host: name,
      nic,
      bytes,
      text: {
        en: `${name} ${direction === 'out' ? 'sends' : 'receives'} at ${nic}: ${text}`,
        zh: `${name} 从 ${nic} ${direction === 'out' ? '发出' : '收到'}:${text}`,
      },
    });
  }
}

function makeHost(spec: HostSpec, around: Surround): Host {
  const host: Host = new Host(
    spec,
    around,
    actionsOf(() => host),
  );
  host.transport = new Transport(host);
  host.input = (nic, packet) => receivePacket(host, nic, packet);
  for (const { nic, address, mac } of spec.neighbours ?? []) host.neighbours.bind(nic, address, mac);
  for (const server of spec.servers ?? []) startServer(host, server);
  for (const habit of spec.habits ?? []) startHabit(host, habit);
  return host;
}

function actionsOf(host: () => Host): NeighbourActions<WaitingPacket> {
  return {
    ask: (nic, address, mac, cause) => {
      const ask = familyOf(address) === 'inet' ? askByArp : askByDiscovery;
      ask(host(), nic, address, mac, cause);
    },
    send: (nic, mac, { bytes }) => sendToMac(host(), nic, mac, bytes),
    fail: (nic, packets) => failed(host(), nic, packets),
    changed: ({ nic, address, mac, state }, before) => {
      const moved = before?.mac !== undefined && mac !== undefined && before.mac !== mac;
      const was = moved ? ` (it was ${before.mac})` : '';
      const { name } = host();
      host().tell({
        kind: 'neighbour',
        nic,
        text: {
          en: `${name}: ${address} is now ${state}${mac === undefined ? '' : ` at ${mac}`}${was}.`,
          zh: `${name}:${address} 现在是 ${state}${mac === undefined ? '' : `,在 ${mac}`}${moved ? `(原来是 ${before.mac})` : ''}。`,
        },
      });
    },
  };
}

/** Nobody has answered: whoever sent the packets that waited is told, a program of this host too. */
function failed(host: Host, nic: string, packets: readonly WaitingPacket[]): void {
  for (const { bytes, pastStack = false } of packets) {
    drop(host, nic, bytes, 'neighbour-failed');
    if (!pastStack) sendIcmp(host, ownPacket(bytes), 'host-unreachable');
  }
}

/** Mulberry32: whole numbers below a bound, the same ones for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * below);
  };
}
