import {
  bare,
  hostOfRole,
  hostsOfRole,
  nicWithAddress,
  placedNics,
  type Host,
  type HostState,
  type PlacedNic,
  type Role,
  type Topology,
} from './topology.ts';

/** Changes that faults are made of: each returns a new topology, or undefined where there was nothing to change. */

/** Changes hosts of a role; undefined if none of them could be changed. */
export function changeHosts(
  topology: Topology,
  role: Role,
  change: (host: Host, name: string) => Host | undefined,
): Topology | undefined {
  const changed = hostsOfRole(topology, role).flatMap((name) => {
    const host = change(topology.hosts[name]!, name);
    return host === undefined ? [] : [[name, host] as const];
  });
  if (changed.length === 0) return undefined;
  return { ...topology, hosts: { ...topology.hosts, ...Object.fromEntries(changed) } };
}

/** Lets the clients ask the service every so many milliseconds. */
export function withAskingClients(topology: Topology, every: number): Topology | undefined {
  return changeHosts(topology, 'client', (host) => ({ ...host, habits: [{ kind: 'asks', every }] }));
}

/** Changes both what a host is told and what is typed on it; undefined if that changes neither. */
export function changeState(host: Host, change: (state: HostState) => HostState | undefined): Host | undefined {
  const own = change(host);
  const typed = host.byHand === undefined ? undefined : change(host.byHand);
  if (own === undefined && typed === undefined) return undefined;
  const byHand = typed ?? host.byHand;
  return { ...host, ...own, ...(byHand === undefined ? {} : { byHand }) };
}

/** Sets sysctls that nobody overrides. */
export function withSysctls(host: Host, sysctls: Readonly<Record<string, string>>): Host {
  return { ...host, byHand: { ...host.byHand, sysctls: { ...host.sysctls, ...host.byHand?.sysctls, ...sysctls } } };
}

/** Rewrites the rules of the director: lines that `change` leaves undefined are not typed at all. */
export function changeRules(topology: Topology, change: (line: string) => string | undefined): Topology | undefined {
  let changes = 0;
  const commands = topology.commands.flatMap((command) => {
    if (!/^(ipvsadm|weir rule) -/.test(command.line)) return [command];
    const line = change(command.line);
    if (line !== command.line) changes++;
    return line === undefined ? [] : [{ ...command, line }];
  });
  return changes === 0 ? undefined : { ...topology, commands };
}

/** Types further lines at the director, after the others. */
export function addCommands(topology: Topology, ...lines: readonly string[]): Topology {
  const on = hostOfRole(topology, 'director');
  return { ...topology, commands: [...topology.commands, ...lines.map((line) => ({ on, line, says: '' }))] };
}

/** True if a rule of the topology forwards by this method: `-m`, `-g`, `-i`. */
export function usesMethod(topology: Topology, option: 'm' | 'g' | 'i'): boolean {
  return topology.commands.some(({ line }) => line.startsWith('ipvsadm -a') && line.split(' ').includes(`-${option}`));
}

/** True if real servers of the topology see the director as their client. */
export function usesFullNat(topology: Topology): boolean {
  return topology.commands.some(({ line }) => line.split(' ').includes('--full-nat'));
}

/** The NIC by which the last router before the real servers, or the director itself, sends to them; undefined where neither routes. */
export function nicTowardsServers(topology: Topology): PlacedNic | undefined {
  const [server = ''] = hostsOfRole(topology, 'real server');
  const segment = Object.values(topology.hosts[server]?.nics ?? {})[0]?.segment;
  const routes = [...hostsOfRole(topology, 'director'), ...hostsOfRole(topology, 'router')];
  const nics = placedNics(topology).filter(({ host }) => Object.keys(topology.hosts[host]!.nics).length > 1);
  return nics.find((nic) => nic.segment === segment && routes.includes(nic.host));
}

/** The address of the director on a segment. */
export function directorAddress(topology: Topology, segment: string): string | undefined {
  const director = hostOfRole(topology, 'director');
  const nic = placedNics(topology).find((one) => one.host === director && one.segment === segment);
  return nic?.addresses[0] === undefined ? undefined : bare(nic.addresses[0]);
}

/** Every static neighbour with its MAC written out, so that it stays what it is when NICs move away. */
export function withMacs(topology: Topology): Topology {
  const hosts = Object.entries(topology.hosts).map(([name, host]) => [
    name,
    changeState(host, (state) =>
      state.neighbours === undefined
        ? undefined
        : {
            ...state,
            neighbours: state.neighbours.map((one) => {
              const mac = one.mac ?? nicWithAddress(topology, host.nics[one.nic]?.segment ?? '', one.address)?.mac;
              return mac === undefined ? one : { ...one, mac };
            }),
          },
    ) ?? host,
  ]);
  return { ...topology, hosts: Object.fromEntries(hosts) };
}
