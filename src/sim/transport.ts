import { answerLocally } from '../lvs/host/answer.ts';
import { newHandling } from '../lvs/handling.ts';
import type { Packet } from '../lvs/packet.ts';
import type { PacketFlow } from '../lvs/flow.ts';
import { familyOf, type DestinationId } from '../lvs/service.ts';
import { hasGoodChecksum } from '../lvs/transport.ts';
import { parsePacket } from '../net/frame.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { packet as makePacket } from '../net/packet.ts';
import { TCP_FLAG } from '../net/tcp.ts';
import { drop } from './drop.ts';
import type { Host } from './host.ts';
import type { IcmpNews } from './icmp-input.ts';
import { sendOwnPacket } from './ip-output.ts';
import { TcpConnection, type Ends, type TcpProgram, type TcpState } from './tcp.ts';

/** What a listening program does with a connection that somebody has opened. */
export type Accept = (connection: TcpConnection) => TcpProgram;

/** What a program is told about its datagrams. */
export interface UdpProgram {
  received(data: Uint8Array, from: DestinationId, to: DestinationId): void;
  failed?(why: 'ECONNREFUSED' | 'EHOSTUNREACH' | 'ENETUNREACH' | 'ENOPROTOOPT'): void;
}

const FIRST_EPHEMERAL = 32_768;

/** TCP and UDP of a host: who listens, and who talks to whom. */
export class Transport {
  readonly #host: Host;
  readonly #listeners = new Map<string, Accept>();
  readonly #datagrams = new Map<string, UdpProgram>();
  readonly #connections = new Map<string, TcpConnection>();
  #nextPort = FIRST_EPHEMERAL;
  #identification: number;

  constructor(host: Host) {
    this.#host = host;
    this.#identification = host.around.random(0x1_0000);
  }

  /** @param address the one address to listen at; all if absent */
  listen(port: number, address: string | undefined, accept: Accept): void {
    this.#listeners.set(`${address ?? '*'} ${port}`, accept);
  }

  /** Takes datagrams to a port. @returns how to send from it */
  bind(port: number, address: string | undefined, program: UdpProgram): void {
    this.#datagrams.set(`${address ?? '*'} ${port}`, program);
  }

  /** What programs listen at, `address` being absent for all. */
  listening(): { protocol: 'tcp' | 'udp'; address: string | undefined; port: number }[] {
    const of = (protocol: 'tcp' | 'udp', keys: Iterable<string>) =>
      Array.from(keys, (key) => {
        const [address = '*', port] = key.split(' ');
        return { protocol, address: address === '*' ? undefined : address, port: Number(port) };
      });
    return [...of('tcp', this.#listeners.keys()), ...of('udp', this.#datagrams.keys())];
  }

  /** The ends of connections in a state. */
  connectionsIn(state: TcpState): Ends[] {
    return [...this.#connections.values()].filter((one) => one.state === state).map(({ ends }) => ends);
  }

  connect(to: DestinationId, from: { address?: string; port?: number }, programOf: Accept): TcpConnection | undefined {
    const local = from.address ?? this.sourceTowards(to.address);
    if (local === undefined) return undefined;
    const ends = { local, localPort: from.port ?? this.freePort(), remote: to.address, remotePort: to.port };
    const connection = this.#start(ends, programOf);
    connection.open();
    return connection;
  }

  sendDatagram(from: DestinationId, to: DestinationId, payload: Uint8Array): void {
    const ip = { source: from.address, destination: to.address, identification: this.identification() };
    const spec =
      familyOf(to.address) === 'inet'
        ? { ...ip, dontFragment: true }
        : { source: ip.source, destination: ip.destination };
    sendOwnPacket(this.#host, makePacket({ ip: spec, udp: { source: from.port, destination: to.port }, payload }));
  }

  receive(nic: string, packet: Packet): void {
    const isTcp = packet.protocol === IP_PROTOCOL.tcp;
    if (!hasGoodChecksum(packet)) return drop(this.#host, nic, packet.bytes, isTcp ? 'tcp-checksum' : 'udp-checksum');
    if (isTcp) this.#receiveTcp(nic, packet);
    else this.#receiveUdp(nic, packet);
  }

  /** An ICMP error about a packet that this host has sent. */
  hear({ protocol, source, sourcePort, destination, destinationPort }: PacketFlow, news: IcmpNews): void {
    if (protocol === 'udp') {
      const program = this.#datagrams.get(`${source} ${sourcePort}`) ?? this.#datagrams.get(`* ${sourcePort}`);
      if (news.kind === 'unreachable') program?.failed?.(news.errno);
      return;
    }
    const ends = { local: source, localPort: sourcePort, remote: destination, remotePort: destinationPort };
    const connection = this.#connections.get(keyOf(ends));
    if (news.kind === 'unreachable') connection?.unreachable(news.errno);
    else if (news.kind === 'mtu') connection?.shrink(news.mtu);
    else connection?.unreachable('EHOSTUNREACH');
  }

  /** The address that this host sends from to another one. */
  sourceTowards(address: string): string | undefined {
    const route = this.#host.routing.lookup(address);
    if (route.kind !== 'unicast' && route.kind !== 'local') return undefined;
    const { source } = route;
    const isDeprecated = source !== undefined && this.#host.interfaceWith(source)?.deprecated === true;
    return isDeprecated ? (this.#preferredBeside(source) ?? source) : source;
  }

  /** Another address of the host, of the same family and not deprecated (RFC 6724, rule 3). */
  #preferredBeside(address: string): string | undefined {
    const nics = [...this.#host.interfaces.values()].filter(({ deprecated = false }) => !deprecated);
    const own = nics.flatMap(({ name }) => this.#host.addressesOn(name, familyOf(address)));
    return own.find((one) => !/^(?:fe80:|::1$|127\.)/u.test(one.address))?.address;
  }

  /** Bytes that the way out to an address carries. */
  mtuTowards(address: string): number {
    const route = this.#host.routing.lookup(address);
    return route.kind === 'unicast' ? route.mtu : 65_535;
  }

  /** The next hop to an address is there: a connection makes progress. */
  confirm(address: string): void {
    const route = this.#host.routing.lookup(address);
    if (route.kind === 'unicast') this.#host.neighbours.confirm(route.interface, route.nextHop);
  }

  identification(): number {
    this.#identification = (this.#identification + 1) & 0xffff;
    return this.#identification;
  }

  freePort(): number {
    return this.#nextPort++;
  }

  #start(ends: Ends, programOf: Accept): TcpConnection {
    const key = keyOf(ends);
    // Program and connection know each other, so one of them has to come later.
    const program: TcpProgram = {};
    const connection = new TcpConnection(this.#host, ends, program, () => this.#connections.delete(key));
    Object.assign(program, programOf(connection));
    this.#connections.set(key, connection);
    return connection;
  }

  #receiveTcp(nic: string, packet: Packet): void {
    const frame = parsePacket(packet.bytes);
    const header = frame.find('tcp');
    if (header === undefined) return drop(this.#host, nic, packet.bytes, 'malformed');
    const ends = {
      local: packet.destination,
      localPort: header.destination,
      remote: packet.source,
      remotePort: header.source,
    };
    const connection = this.#connections.get(keyOf(ends));
    const opens = (header.flags & (TCP_FLAG.syn | TCP_FLAG.ack | TCP_FLAG.rst)) === TCP_FLAG.syn;
    if (connection !== undefined && !(opens && connection.state === 'TIME_WAIT')) {
      return connection.receive(header, frame.payload);
    }
    const accept = this.#listeners.get(`${ends.local} ${ends.localPort}`) ?? this.#listeners.get(`* ${ends.localPort}`);
    if (opens && accept !== undefined) return this.#start(ends, accept).accept(header);
    if ((header.flags & TCP_FLAG.rst) !== 0) return;
    drop(this.#host, nic, packet.bytes, opens ? 'port-closed' : 'no-connection');
    this.#answer(packet);
  }

  #receiveUdp(nic: string, packet: Packet): void {
    const frame = parsePacket(packet.bytes);
    const header = frame.find('udp');
    if (header === undefined) return drop(this.#host, nic, packet.bytes, 'malformed');
    const [from, to] = [
      { address: packet.source, port: header.source },
      { address: packet.destination, port: header.destination },
    ];
    const program = this.#datagrams.get(`${to.address} ${to.port}`) ?? this.#datagrams.get(`* ${to.port}`);
    if (program !== undefined) return program.received(frame.payload, from, to);
    drop(this.#host, nic, packet.bytes, 'no-listener');
    this.#host.counters.count(packet.family === 'inet' ? 'IcmpOutDestUnreachs' : 'Icmp6OutDestUnreachs');
    this.#answer(packet);
  }

  /** RST to TCP, port unreachable to UDP. */
  #answer(packet: Packet): void {
    const handling = newHandling();
    answerLocally(this.#host, handling, packet);
    for (const bytes of handling.own) sendOwnPacket(this.#host, bytes);
  }
}

function keyOf({ local, localPort, remote, remotePort }: Ends): string {
  return `${local} ${localPort} ${remote} ${remotePort}`;
}
