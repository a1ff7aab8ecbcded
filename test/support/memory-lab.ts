import { Director, type DirectorOptions } from '../../src/lvs/director.ts';
import type { Operation } from '../../src/lvs/operation.ts';
import type { Surroundings } from '../../src/lvs/routing.ts';
import { SCHEDULER_NAMES } from '../../src/lvs/schedulers/index.ts';
import { DIRECT_TUNNEL, type Destination, type Service, type ServiceMatch } from '../../src/lvs/service.ts';
import { applyOperation, emptyTable, type Table } from '../../src/lvs/table.ts';
import type { Verdict } from '../../src/lvs/verdict.ts';
import { packet, type PacketSpec } from '../../src/net/packet.ts';

export const CLIENT = '10.1.0.10';
export const VIP = '10.9.9.9';
export const SERVERS = ['10.2.0.11', '10.2.0.12', '10.2.0.13'] as const;

/** A director between clients (eth0, 10.1.0.0/24) and servers (eth1, 10.2.0.0/24), with everybody's Ethernet address known. */
export const SURROUNDINGS: Surroundings = {
  interfaces: {
    eth0: { mac: '02:00:00:00:00:01', mtu: 1500, addresses: ['10.1.0.1/24', '2001:db8:a::1/64'] },
    eth1: { mac: '02:00:00:00:00:02', mtu: 1500, addresses: ['10.2.0.1/24', '2001:db8:b::1/64'] },
    lo: { addresses: ['127.0.0.1/8', `${VIP}/32`, '2001:db8:9::9/128'] },
  },
  routes: [],
  neighbours: [
    { dev: 'eth0', addr: CLIENT, mac: '02:00:00:00:0c:10' },
    { dev: 'eth0', addr: '2001:db8:a::10', mac: '02:00:00:00:0c:10' },
    ...SERVERS.map((addr, index) => ({ dev: 'eth1', addr, mac: `02:00:00:00:0d:1${index + 1}` })),
    { dev: 'eth1', addr: '2001:db8:b::11', mac: '02:00:00:00:0d:11' },
  ],
  sysctls: { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 },
};

export const WEB: ServiceMatch = { protocol: 'tcp', address: VIP, port: 80 };
export const DNS: ServiceMatch = { protocol: 'udp', address: VIP, port: 53 };

export function service(match: ServiceMatch, given: Partial<Service> = {}): Service {
  return { match, scheduler: 'rr', schedulerFlags: 0, onePacket: false, ...given };
}

export function server(address: string, port: number, given: Partial<Destination> = {}): Destination {
  return {
    address,
    port,
    method: 'masquerade',
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnel: DIRECT_TUNNEL,
    ...given,
  };
}

/** A director in memory with its table, a clock and hands to put packets in. */
export class MemoryLab {
  readonly director: Director;
  table: Table = emptyTable();
  /** Is shown every frame before the director gets it. */
  beforeReceive: ((frame: Uint8Array, arrived: string) => void) | undefined;

  constructor(options: DirectorOptions = {}) {
    this.director = new Director({ surroundings: SURROUNDINGS, random: () => 0, ...options });
  }

  apply(...operations: readonly Operation[]): this {
    const context = {
      schedulers: SCHEDULER_NAMES,
      persistenceEngines: new Set(['sip']),
      isUnicast: (address: string) => this.director.routing.isUnicast(address),
      interfaceMtu: () => 1500,
    };
    for (const operation of operations) {
      this.table = applyOperation(this.table, operation, context);
      this.director.apply(operation, this.table);
    }
    return this;
  }

  /** A service with servers, of which the last is added last. */
  serve(one: Service, ...servers: readonly Destination[]): this {
    const match = one.match;
    return this.apply(
      { do: 'add-service', service: one },
      ...servers.map((destination): Operation => ({ do: 'add-destination', match, destination })),
    );
  }

  /** Lets seconds pass. */
  wait(seconds: number): this {
    this.director.advance(this.director.now + seconds * 1000);
    return this;
  }

  /** A packet from the client to the virtual address, on eth0. */
  fromClient(spec: PacketSpec): Verdict {
    const eth = { destination: '02:00:00:00:00:01' };
    return this.#receive(packet({ eth, ip: { source: CLIENT, destination: VIP }, ...spec }), 'eth0');
  }

  /** A packet from a server to the client, on eth1. */
  fromServer(address: string, spec: PacketSpec): Verdict {
    const eth = { destination: '02:00:00:00:00:02' };
    return this.#receive(packet({ eth, ip: { source: address, destination: CLIENT }, ...spec }), 'eth1');
  }

  #receive(frame: Uint8Array, arrived: string): Verdict {
    this.beforeReceive?.(frame, arrived);
    return this.director.receive(frame, arrived);
  }

  /** A TCP segment of the client. */
  tcp(flags: string, source = 40_001, payload = ''): Verdict {
    return this.fromClient({ tcp: { source, destination: 80, flags }, payload });
  }

  /** Entries of the connection table as `STATE client > server`, templates with their client port 0. */
  connections(): string[] {
    return Array.from(
      this.director.connections(),
      ({ state, client, destination }) =>
        `${state} ${client.address}:${client.port} > ${destination.address}:${destination.port}`,
    ).sort();
  }
}
