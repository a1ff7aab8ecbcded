import { NO_NAMES } from '../ipvsadm/names.ts';
import { readRules } from '../ipvsadm/read-rules.ts';
import type { Operation } from '../lvs/operation.ts';
import { Network, type NetworkOptions } from '../sim/network.ts';
import type { DirectorSpec, HostSpec, InterfaceSpec, NetworkSpec } from '../sim/spec.ts';
import { checkTopology } from './check.ts';
import {
  nicWithAddress,
  placedNics,
  ruleLines,
  statesOf,
  type Host,
  type HostState,
  type Topology,
} from './topology.ts';

export interface SimulateOptions extends NetworkOptions {
  /** Where the director takes packets: before the stack like the eBPF engine, or where IPVS has its hooks. */
  stage?: DirectorSpec['stage'];
  /** Set the state that the topology's commands would type, and its rules. On by default. */
  byHand?: boolean;
}

/**
 * Builds a topology in memory: the same hosts, addresses, routes, settings and rules as `buildLab` makes of namespaces.
 * @throws WeirError TOPOLOGY_INVALID, RULES_INVALID
 */
export async function simulate(topology: Topology, options: SimulateOptions = {}): Promise<Network> {
  checkTopology(topology);
  const { stage = 'ingress', byHand = true } = options;
  const read = async (lines: readonly string[]): Promise<DirectorSpec> => ({
    stage,
    operations: await operationsOf(topology, lines),
  });
  const directors = await Promise.all(
    Object.entries(topology.hosts).flatMap(([name, { directs }]) =>
      directs === undefined ? [] : [read(directs).then((spec) => [name, spec] as const)],
    ),
  );
  const director = await read(byHand ? ruleLines(topology) : []);
  return new Network(networkSpec(topology, byHand, director, Object.fromEntries(directors)), options);
}

async function operationsOf({ name }: Topology, lines: readonly string[]): Promise<Operation[]> {
  const rules = await readRules(lines.join('\n'), `the commands of ${name}`, NO_NAMES);
  return rules.map(({ operation }) => operation);
}

/**
 * A topology as the simulator takes it.
 * @param directors those of other hosts, by name
 */
export function networkSpec(
  topology: Topology,
  byHand: boolean,
  director: DirectorSpec,
  directors: Readonly<Record<string, DirectorSpec>> = {},
): NetworkSpec {
  return {
    segments: topology.segments,
    hosts: Object.entries(topology.hosts).map(([name, host]) => {
      const spec = hostSpec(topology, name, host, byHand);
      const own = host.role === 'director' ? director : directors[name];
      return own === undefined ? spec : { ...spec, director: own };
    }),
  };
}

function hostSpec(topology: Topology, name: string, host: Host, byHand: boolean): HostSpec {
  const states = statesOf(host, byHand);
  const decap = states.findLast((state) => state.decap !== undefined)?.decap;
  return {
    name,
    interfaces: interfacesOf(topology, name, states),
    routes: states.flatMap(({ routes }) => routes ?? []).map(({ to, via }) => ({ to: prefixOf(to, via), via })),
    neighbours: states
      .flatMap(({ neighbours }) => neighbours ?? [])
      .map(({ address, nic, mac }) => ({ address, nic, mac: mac ?? macOf(topology, host, nic, address) })),
    sysctls: Object.assign({}, ...states.map(({ sysctls }) => sysctls)),
    firewall: states.flatMap(({ firewall }) => firewall ?? []),
    servers: host.servers ?? [],
    habits: (host.habits ?? []).map((habit) => ({ to: topology.service, ...habit })),
    ...(decap === undefined ? {} : { decap }),
  };
}

function interfacesOf(topology: Topology, name: string, states: readonly HostState[]): InterfaceSpec[] {
  const further = (nic: string): string[] =>
    states.flatMap(({ addresses }) => (addresses?.[nic] ?? []).map(({ address }) => address));
  const nics = placedNics(topology).filter(({ host }) => host === name);
  return [
    { name: 'lo', addresses: further('lo') },
    ...nics.map(({ name: nic, segment, mac, mtu, addresses, deprecated, checksums, xdp }) => ({
      name: nic,
      segment,
      mac,
      addresses: [...addresses, ...further(nic)],
      deprecated,
      ...(mtu === undefined ? {} : { mtu }),
      ...(checksums === undefined ? {} : { checksums }),
      ...(xdp === undefined ? {} : { xdp }),
    })),
  ];
}

function prefixOf(to: string, via: string): string {
  if (to !== 'default') return to;
  return via.includes(':') ? '::/0' : '0.0.0.0/0';
}

function macOf(topology: Topology, host: Host, nic: string, address: string): string {
  return nicWithAddress(topology, host.nics[nic]?.segment ?? '', address)?.mac ?? '';
}
