import { examine } from '../../src/doctor/examine.ts';
import { DIRECT_TUNNEL } from '../../src/lvs/service.ts';
import { newSignals } from '../../src/lvs/signals.ts';
import type {
  DestinationFacts,
  Duty,
  FirewallFacts,
  HostFacts,
  InterfaceFacts,
  Patient,
  RealServerFacts,
  RouteFacts,
  ServiceFacts,
} from '../../src/doctor/facts.ts';

/** Healthy hosts as the doctor reads them, in the networks of the course notes; a test changes what it is about. */

export const VIP = '10.1.1.21';
export const DIP = '1.1.1.130';
export const RIPS = ['1.1.1.128', '1.1.1.129'] as const;

export function nic(name: string, mac: string, ...addresses: string[]): InterfaceFacts {
  return {
    name,
    up: true,
    loopback: name === 'lo',
    kind: name === 'lo' ? '' : 'veth',
    mac,
    mtu: 1500,
    addresses: addresses.map((text) => {
      const [address = '', length = ''] = text.split('/');
      return { address, length: Number(length), deprecated: false, duplicate: false };
    }),
    features: { 'large-receive-offload': false },
  };
}

export function route(to: string, change: Partial<RouteFacts> = {}): RouteFacts {
  return { to, kind: 'unicast', table: 'main', via: undefined, dev: 'eth0', metric: 0, advmss: undefined, ...change };
}

export function firewallRule(change: Partial<FirewallFacts>): FirewallFacts {
  return {
    table: 'inet filter',
    chain: 'input',
    hook: 'input',
    text: 'drop',
    verdict: 'drop',
    packets: undefined,
    addresses: [],
    ports: [],
    others: 0,
    ...change,
  };
}

export function host(name: string, change: Partial<HostFacts> = {}): HostFacts {
  return {
    name,
    interfaces: [nic('lo', '', '127.0.0.1/8')],
    routes: [],
    neighbours: [],
    sysctls: {},
    listeners: [],
    counters: {},
    firewall: [],
    halfOpen: [],
    rules: [],
    unwraps: [],
    mute: [],
    ...change,
  };
}

/** One director and two real servers, everything as it should be. */
export function healthy(method: Duty['method']): Patient {
  const vip = method === 'masquerade' ? VIP : DIP;
  return {
    director: {
      host: directorHost(),
      services: [service({ method, vip })],
      answers: {},
      gateways: {},
      connections: [],
      tcpTimeout: 900,
      strangers: [],
    },
    servers: RIPS.map((address, place) => server(method, vip, address, place)),
  };
}

export function directorHost(change: Partial<HostFacts> = {}): HostFacts {
  return host('director', {
    interfaces: [
      nic('lo', '', '127.0.0.1/8'),
      nic('eth0', '02:10:01:01:00:21', `${VIP}/24`),
      nic('eth1', '02:01:01:01:01:30', `${DIP}/24`),
    ],
    routes: [route('10.1.1.0/24'), route('1.1.1.0/24', { dev: 'eth1' })],
    // Where the VIP is the only address on a segment, it has to be so (S14).
    neighbours: RIPS.map((address, place) => ({
      address,
      dev: 'eth1',
      mac: `02:01:01:01:01:2${8 + place}`,
      state: 'PERMANENT',
    })),
    sysctls: {
      'net.ipv4.ip_forward': '1',
      'net.ipv4.conf.eth0.forwarding': '1',
      'net.ipv4.conf.eth1.forwarding': '1',
    },
    ...change,
  });
}

export function service(
  { method, vip }: { method: Duty['method']; vip: string },
  change: Partial<ServiceFacts> = {},
): ServiceFacts {
  const match = { protocol: 'tcp', address: vip, port: 80 } as const;
  return {
    match,
    asked: [match],
    scheduler: 'rr',
    persistence: undefined,
    destinations: RIPS.map((address) => destination(address, { method })),
    ...change,
  };
}

export function destination(address: string, change: Partial<DestinationFacts> = {}): DestinationFacts {
  return {
    address,
    port: 80,
    method: 'route',
    tunnel: DIRECT_TUNNEL,
    weight: 1,
    upperThreshold: 0,
    active: 0,
    inactive: 0,
    persistent: 0,
    signals: newSignals(),
    probe: undefined,
    isNeighbour: undefined,
    size: undefined,
    ...change,
  };
}

function server(method: Duty['method'], vip: string, address: string, place: number): RealServerFacts {
  const gateway = method === 'masquerade' ? DIP : '1.1.1.1';
  const advmss = method === 'tunnel' ? 1440 : undefined;
  const lo = method === 'masquerade' ? nic('lo', '', '127.0.0.1/8') : nic('lo', '', '127.0.0.1/8', `${vip}/32`);
  const tunnel = method === 'tunnel' ? [{ ...nic('tunl0', ''), kind: 'ipip' }] : [];
  return {
    host: host(`web${place + 1}`, {
      interfaces: [lo, nic('eth0', `02:01:01:01:01:2${8 + place}`, `${address}/24`), ...tunnel],
      routes: [route('0.0.0.0/0', { via: gateway, advmss }), route('1.1.1.0/24')],
      sysctls: { 'net.ipv4.conf.all.arp_ignore': '1', 'net.ipv4.conf.all.arp_announce': '2' },
      listeners: [{ protocol: 'tcp', address: '0.0.0.0', port: 80 }],
    }),
    duties: [{ method, protocol: 'tcp', vip: method === 'masquerade' ? undefined : vip, port: 80, address }],
    directors: [VIP, DIP],
  };
}

/** The same patient with other facts about the director's host. */
export function withDirectorHost(patient: Patient, change: (host: HostFacts) => Partial<HostFacts>): Patient {
  const { director } = patient;
  if (director === undefined) throw new Error('this patient has no director');
  return { ...patient, director: { ...director, host: { ...director.host, ...change(director.host) } } };
}

/** The same patient with other facts about the first real server. */
export function withServer(patient: Patient, change: (host: HostFacts) => Partial<HostFacts>): Patient {
  return {
    ...patient,
    servers: patient.servers.map((one, place) =>
      place > 0 ? one : { ...one, host: { ...one.host, ...change(one.host) } },
    ),
  };
}

/** The same patient with other facts about the director. */
export function withDirector(patient: Patient, change: Partial<NonNullable<Patient['director']>>): Patient {
  const { director } = patient;
  if (director === undefined) throw new Error('this patient has no director');
  return { ...patient, director: { ...director, ...change } };
}

/** The rules that find something about a patient, each once, in the order of the alphabet. */
export const idsOf = (patient: Patient): string[] => [...new Set(examine(patient).map(({ rule }) => rule))].sort();
