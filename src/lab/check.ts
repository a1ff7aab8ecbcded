import { WeirError } from '../base/error.ts';
import { isIpAddress, parseInterfaceAddress, parseMac, parsePrefix } from '../net/address.ts';
import { bare, nicWithAddress, placedNics, type Host, type HostState, type Topology } from './topology.ts';

/** Interface names of Linux have at most 15 characters (IFNAMSIZ - 1); a switch port is called HOST-NIC. */
const LONGEST_INTERFACE = 15;
const NAME = /^[a-z][a-z0-9]*$/;
const SYSCTL = /^net(\.[a-z0-9_-]+)+$/;

/** What is wrong, and where in the topology: `hosts.web1.routes[0].via`. */
export interface Problem {
  where: string;
  message: string;
}

/**
 * Checks everything that can be known before a lab is built.
 * @param origin the file the topology comes from, for the message
 * @throws WeirError TOPOLOGY_INVALID with every problem
 */
export function checkTopology(topology: Topology, origin = topology.name): void {
  const problems = topologyProblems(topology);
  const [first] = problems;
  if (first === undefined) return;
  const rest = problems.slice(1).map(({ where, message }) => `${where}: ${message}`);
  throw new WeirError('TOPOLOGY_INVALID', `topology ${topology.name}: ${first.where}: ${first.message}`, {
    where: origin,
    ...(rest.length === 0 ? {} : { found: `also ${rest.join('; ')}` }),
  });
}

/** Every problem of a topology; none if the lab can build it. */
export function topologyProblems(topology: Topology): Problem[] {
  const hosts = Object.entries(topology.hosts);
  return [
    ...nameProblems(topology),
    ...roleProblems(topology),
    ...hosts.flatMap(([name, host]) => nicProblems(topology, name, host)),
    ...duplicateProblems(topology),
    ...hosts.flatMap(([name, host]) => stateProblems(topology, name, host)),
    ...hosts.flatMap(([name, host]) => serverProblems(`hosts.${name}`, host)),
    ...commandProblems(topology),
  ];
}

function nameProblems({ name, segments, hosts }: Topology): Problem[] {
  const problems: Problem[] = [];
  if (!/^[a-z][a-z0-9-]*$/.test(name)) problems.push(badName('name', name));
  for (const [index, segment] of segments.entries()) {
    if (!NAME.test(segment) || segment.length > LONGEST_INTERFACE)
      problems.push(badName(`segments[${index}]`, segment));
  }
  for (const host of Object.keys(hosts)) {
    if (!NAME.test(host)) problems.push(badName(`hosts.${host}`, host));
    if (host === 'wire') problems.push({ where: 'hosts.wire', message: 'this name is taken by the switches' });
  }
  return problems;
}

function badName(where: string, found: string): Problem {
  return { where, message: `${JSON.stringify(found)} is no name: lower-case letters and digits, a letter first` };
}

function roleProblems(topology: Topology): Problem[] {
  const problems: Problem[] = [];
  const count = (role: string): number => Object.values(topology.hosts).filter((host) => host.role === role).length;
  if (count('director') !== 1)
    problems.push({ where: 'hosts', message: `${count('director')} directors; a lab has one` });
  if (count('client') === 0) problems.push({ where: 'hosts', message: 'no host has the role client' });
  for (const [name, { role, directs }] of Object.entries(topology.hosts)) {
    if (role !== 'director' || directs === undefined) continue;
    problems.push({ where: `hosts.${name}.directs`, message: `the rules of the director stand among the commands` });
  }
  const { address, port } = topology.service;
  if (!isIpAddress(address)) problems.push({ where: 'service.address', message: `${address} is no address` });
  if (!isPort(port)) problems.push({ where: 'service.port', message: `${port} is no port` });
  return problems;
}

function nicProblems(topology: Topology, name: string, host: Host): Problem[] {
  return Object.entries(host.nics).flatMap(([nicName, nic]) => {
    const where = `hosts.${name}.nics.${nicName}`;
    const problems: Problem[] = [];
    if (!NAME.test(nicName) || nicName === 'lo') problems.push(badName(where, nicName));
    if (`${name}-${nicName}`.length > LONGEST_INTERFACE) {
      problems.push({
        where,
        message: `${name}-${nicName} is longer than the ${LONGEST_INTERFACE} characters of a port's name`,
      });
    }
    if (!topology.segments.includes(nic.segment)) {
      problems.push({ where: `${where}.segment`, message: `there is no segment ${nic.segment}` });
    }
    if (nic.mac !== undefined) problems.push(...macProblem(`${where}.mac`, nic.mac));
    if (nic.mtu !== undefined && !(Number.isInteger(nic.mtu) && nic.mtu >= 68 && nic.mtu <= 65_535)) {
      problems.push({ where: `${where}.mtu`, message: `${nic.mtu} is no MTU: 68 to 65535` });
    }
    return [
      ...problems,
      ...nic.addresses.flatMap((text, index) => addressProblem(`${where}.addresses[${index}]`, text)),
    ];
  });
}

/** The same address or MAC twice on a segment. The VIP on several loopbacks is no duplicate: that is direct routing. */
function duplicateProblems(topology: Topology): Problem[] {
  const seen = new Map<string, string>();
  const problems: Problem[] = [];
  for (const nic of placedNics(topology)) {
    const where = `hosts.${nic.host}.nics.${nic.name}`;
    for (const value of [...nic.addresses.map(bare), nic.mac]) {
      const key = `${nic.segment} ${value}`;
      const owner = seen.get(key);
      if (owner === undefined) seen.set(key, where);
      else problems.push({ where, message: `${value} is also at ${owner}, on the same segment` });
    }
  }
  return problems;
}

/** A host, a part of its state, and where that part stands in the topology. */
interface StatePart {
  topology: Topology;
  name: string;
  host: Host;
  where: string;
  state: HostState;
}

function stateProblems(topology: Topology, name: string, host: Host): Problem[] {
  const parts: StatePart[] = [
    { topology, name, host, where: `hosts.${name}`, state: host },
    { topology, name, host, where: `hosts.${name}.byHand`, state: host.byHand ?? {} },
  ];
  return parts.flatMap((part) => [
    ...furtherAddressProblems(part),
    ...routeProblems(part),
    ...neighbourProblems(part),
    ...sysctlProblems(part),
    ...firewallProblems(part),
  ]);
}

function furtherAddressProblems({ name, host, where, state }: StatePart): Problem[] {
  return Object.entries(state.addresses ?? {}).flatMap(([nic, addresses]) => {
    const at = `${where}.addresses.${nic}`;
    if (nic !== 'lo' && !(nic in host.nics)) return [{ where: at, message: `${name} has no ${nic}` }];
    return addresses.flatMap(({ address, label }, index) => [
      ...addressProblem(`${at}[${index}]`, address),
      ...(label === undefined || label.startsWith(nic)
        ? []
        : [{ where: `${at}[${index}].label`, message: `a label of ${nic} begins with ${nic}` }]),
    ]);
  });
}

function routeProblems({ name, host, where, state }: StatePart): Problem[] {
  return (state.routes ?? []).flatMap(({ to, via }, index) => {
    const at = `${where}.routes[${index}]`;
    const problems: Problem[] = [];
    if (to !== 'default' && refuses(() => parsePrefix(to))) {
      problems.push({ where: `${at}.to`, message: `${to} is neither a prefix nor default` });
    }
    if (!isIpAddress(via)) problems.push({ where: `${at}.via`, message: `${via} is no address` });
    else if (!isOnLink(host, via))
      problems.push({ where: `${at}.via`, message: `${via} lies in no network of ${name}` });
    return problems;
  });
}

function neighbourProblems({ topology, name, host, where, state }: StatePart): Problem[] {
  return (state.neighbours ?? []).flatMap(({ address, nic, mac }, index) => {
    const at = `${where}.neighbours[${index}]`;
    const segment = host.nics[nic]?.segment;
    if (segment === undefined) return [{ where: `${at}.nic`, message: `${name} has no ${nic}` }];
    if (mac !== undefined) return macProblem(`${at}.mac`, mac);
    if (nicWithAddress(topology, segment, address) !== undefined) return [];
    return [{ where: at, message: `nobody on segment ${segment} has ${address}, and no mac is given` }];
  });
}

function sysctlProblems({ where, state }: StatePart): Problem[] {
  return Object.keys(state.sysctls ?? {})
    .filter((key) => !SYSCTL.test(key))
    .map((key) => ({ where: `${where}.sysctls`, message: `${key} is no sysctl of a network namespace` }));
}

function firewallProblems({ name, host, where, state }: StatePart): Problem[] {
  return (state.firewall ?? []).flatMap(({ nic }, index) =>
    nic === undefined || nic === 'lo' || nic in host.nics
      ? []
      : [{ where: `${where}.firewall[${index}].nic`, message: `${name} has no ${nic}` }],
  );
}

function serverProblems(where: string, host: Host): Problem[] {
  const servers = host.servers ?? [];
  return servers.flatMap(({ kind, port }, index) => {
    const at = `${where}.servers[${index}].port`;
    if (!isPort(port)) return [{ where: at, message: `${port} is no port` }];
    const taken = servers.slice(0, index).some((other) => other.kind === kind && other.port === port);
    return taken ? [{ where: at, message: `${port} is taken by the server before it` }] : [];
  });
}

function commandProblems({ commands, hosts }: Topology): Problem[] {
  return commands.flatMap(({ on }, index) =>
    on in hosts ? [] : [{ where: `commands[${index}].on`, message: `there is no host ${on}` }],
  );
}

function isOnLink(host: Host, address: string): boolean {
  const own = Object.values(host.nics).flatMap((nic) => nic.addresses);
  return own.some(
    (text) => !refuses(() => parseInterfaceAddress(text)) && parseInterfaceAddress(text).prefix.contains(address),
  );
}

function addressProblem(where: string, text: string): Problem[] {
  if (!refuses(() => parseInterfaceAddress(text))) return [];
  return [{ where, message: `${JSON.stringify(text)} is no address with a prefix length, such as 10.1.1.21/24` }];
}

function macProblem(where: string, mac: string): Problem[] {
  return refuses(() => parseMac(mac)) ? [{ where, message: `${mac} is no Ethernet address` }] : [];
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function refuses(parse: () => unknown): boolean {
  try {
    parse();
    return false;
  } catch (error) {
    if (error instanceof WeirError) return true;
    throw error;
  }
}
