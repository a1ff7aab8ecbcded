import { describe, expect, test } from 'vitest';
import { simulatedLabClinic } from '../../src/cli/doctor-clinic.ts';
import { consult, type Clinic } from '../../src/doctor/consult.ts';
import { examine } from '../../src/doctor/examine.ts';
import { RULES } from '../../src/doctor/rules/index.ts';
import { simulatedClinic } from '../../src/doctor/simulated.ts';
import { loadTopology, topologyNames } from '../../src/lab/catalogue.ts';
import { plantFaults } from '../../src/lab/fault.ts';
import { changeHosts, withSysctls } from '../../src/lab/plant.ts';
import { networkSpec, simulate } from '../../src/lab/simulate.ts';
import { hostOfRole, hostsOfRole, type Topology } from '../../src/lab/topology.ts';
import type { Operation } from '../../src/lvs/operation.ts';
import { packet } from '../../src/net/packet.ts';
import { sendFrame } from '../../src/sim/link.ts';
import { Network } from '../../src/sim/network.ts';
import type { DirectorSpec } from '../../src/sim/spec.ts';

/** The doctor in networks in memory: silent while all is well, every fault of every topology found by its id, and two at once. */

const topologies = await Promise.all(topologyNames().map(loadTopology));

/** What the doctor calls each fault of src/lab/faults. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  'arp-announce': ['arp-announce'],
  'arp-firewall-director': ['vip-unreachable'],
  'arp-problem': ['arp-answers'],
  'client-in-server-net': ['client-beside-server'],
  'firewall-director': ['firewall-director'],
  'firewall-real-server': ['firewall-server'],
  'gateway-director': ['dr-gateway'],
  'gateway-wrong': ['nat-gateway'],
  'ip-forward-off': ['ip-forward'],
  'mtu-black-hole': ['tunnel-mtu'],
  'no-return-route': ['no-way-back'],
  'no-rules': ['nothing-schedulable'],
  'no-static-arp': ['arp-announce'],
  'port-wrong': ['not-listening'],
  'rp-filter': ['rp-filter-server'],
  'server-down': ['server-silent'],
  'service-stopped': ['not-listening'],
  'tunnel-missing': ['no-decapsulation'],
  'vip-missing': ['vip-missing'],
  'vip-short-mask': ['vip-short-mask'],
  'weight-zero': ['nothing-schedulable'],
};

/** In these topologies a fault is two: neither a static neighbour nor arp_announce is left. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  'dr-flat arp-problem': ['arp-announce'],
  'mixed arp-problem': ['arp-announce'],
};

function clinicOf(network: Network, topology: Topology): Clinic {
  return simulatedClinic(network, hostOfRole(topology, 'director'), hostsOfRole(topology, 'real server'));
}

async function rulesFound(network: Network, topology: Topology): Promise<string[]> {
  const findings = examine(await consult(clinicOf(network, topology)));
  return [...new Set(findings.map(({ rule }) => rule))].sort();
}

function ask(network: Network, topology: Topology, times = 2): void {
  for (let request = 0; request < times; request++) {
    network.request(hostOfRole(topology, 'client'), { to: topology.service, protocol: 'tcp', timeout: 300_000 });
  }
}

async function diagnose(topology: Topology): Promise<string[]> {
  const network = await simulate(topology);
  ask(network, topology);
  return await rulesFound(network, topology);
}

const namesOf = (topology: Topology, fault: string): readonly string[] => [
  ...(NAMED[fault] ?? []),
  ...(ALSO[`${topology.name} ${fault}`] ?? []),
];

describe.each(topologies.map((topology) => [topology.name, topology] as const))('%s', (_name, topology) => {
  test('is healthy, and the doctor is silent', async () => {
    expect(await diagnose(topology)).toEqual([]);
  });

  test.each(topology.faults ?? [])('%s is named, and nothing else', async (fault) => {
    expect(await diagnose(await plantFaults(topology, [fault]))).toEqual([...namesOf(topology, fault)].sort());
  });

  test('of two faults at once both are named', async () => {
    const [first, second] = [
      'firewall-real-server',
      topology.faults?.find((id) => id.startsWith('no-return')) ?? 'weight-zero',
    ];
    const found = await diagnose(await plantFaults(topology, [first, second]));
    expect(found).toEqual([...namesOf(topology, first), ...namesOf(topology, second)].sort());
  });
});

const [nat, dr, oneNic] = await Promise.all(['nat', 'dr', 'nat-one-nic'].map(loadTopology));

/** The same topology with other rules typed: lines are changed, and more are added. */
function rules(topology: Topology, change: (line: string) => string, ...more: string[]): Topology {
  const commands = topology.commands.map((command) =>
    command.line.startsWith('ipvsadm') ? { ...command, line: change(command.line) } : command,
  );
  const added = more.map((line) => ({ on: hostOfRole(topology, 'director'), line, says: '' }));
  return { ...topology, commands: [...commands, ...added] };
}

const same = (line: string): string => line;
const director = (topology: Topology, key: string, value: string): Topology =>
  changeHosts(topology, 'director', (host) => withSysctls(host, { [key]: value }))!;

interface Case {
  rule: string;
  topology: Topology;
  stage?: DirectorSpec['stage'];
  /** What happens before the doctor comes, and while it looks. */
  before?: (network: Network) => void;
  meanwhile?: (network: Network) => void;
}

/** What no fault of src/lab/faults makes. */
const CASES: readonly Case[] = [
  { rule: 'redirects', topology: director(oneNic!, 'net.ipv4.conf.eth0.send_redirects', '1') },
  {
    rule: 'rp-filter-director',
    topology: director(nat!, 'net.ipv4.conf.eth0.rp_filter', '1'),
    meanwhile: (network) => {
      const eth = { destination: network.host('director').macOf('eth0'), source: network.host('client').macOf('eth0') };
      const ip = { source: '1.1.1.200', destination: '10.1.1.21' };
      sendFrame(network.host('client'), 'eth0', packet({ eth, ip, udp: { destination: 9 } }));
    },
  },
  {
    rule: 'vip-unreachable',
    topology: rules(nat!, same, 'ipvsadm -A -t 10.1.1.99:80 -s rr', 'ipvsadm -a -t 10.1.1.99:80 -r 1.1.1.128 -m'),
  },
  {
    rule: 'vip-unreachable',
    topology: changeHosts(dr!, 'director', (host) => ({
      ...host,
      firewall: [{ chain: 'arp', destination: '1.1.1.130', action: 'drop' }],
    }))!,
  },
  {
    rule: 'firewall-director',
    topology: changeHosts(nat!, 'director', (host) => ({
      ...host,
      firewall: [{ chain: 'input', destination: '10.1.1.21', action: 'drop' }],
    }))!,
  },
  { rule: 'server-beyond-router', topology: rules(dr!, same, 'ipvsadm -a -t 1.1.1.130:80 -r 10.1.1.100 -g') },
  {
    rule: 'client-is-director',
    topology: dr!,
    stage: 'netfilter',
    before: (network) => void network.request('director', { to: dr!.service, protocol: 'tcp', timeout: 300_000 }),
  },
  {
    rule: 'tunnel-mtu',
    topology: changeHosts(nat!, 'director', ({ nics, ...host }) => ({
      ...host,
      nics: { ...nics, eth1: { ...nics['eth1']!, mtu: 1400 } },
    }))!,
  },
  {
    rule: 'reply-lost',
    topology: changeHosts(dr!, 'router', (host) => ({
      ...host,
      firewall: [{ chain: 'forward', source: '1.1.1.130', action: 'drop' }],
    }))!,
    before: (network) => ask(network, dr!, 6),
  },
  {
    rule: 'persistence-share',
    topology: rules(nat!, (line) => line.replace('-s rr', '-s rr -p 300')),
    before: (network) => ask(network, nat!, 25),
  },
  {
    rule: 'idle-timeout',
    topology: nat!,
    before: (network) => {
      network.host('client').transport.connect(nat!.service, {}, () => ({}));
      network.wait(800_000_000);
    },
  },
  {
    rule: 'ftp-alone',
    topology: rules(nat!, same, 'ipvsadm -A -t 10.1.1.21:21 -s rr', 'ipvsadm -a -t 10.1.1.21:21 -r 1.1.1.128:80 -m'),
  },
  {
    rule: 'duplicate-vip',
    topology: changeHosts(dr!, 'router', (host) => ({
      ...host,
      addresses: { vmnet1: [{ address: '1.1.1.130/32' }] },
    }))!,
  },
  { rule: 'sh-table', topology: rules(nat!, (line) => line.replace('-s rr', '-s sh').replace(/-m$/u, '-m -w 200')) },
  {
    rule: 'checksums',
    topology: nat!,
    meanwhile: (network) => {
      const [from, to] = [network.host('web2'), network.host('web1')];
      const eth = { source: from.macOf('eth0'), destination: to.macOf('eth0') };
      const ip = { source: '1.1.1.129', destination: '1.1.1.128' };
      sendFrame(from, 'eth0', packet({ eth, ip, tcp: { destination: 80, checksum: 1 } }));
    },
  },
];

test.each(CASES)('$rule is named, and nothing else', async ({ rule, topology, stage, before, meanwhile }) => {
  const network = await simulate(topology, stage === undefined ? {} : { stage });
  before?.(network);
  network.agenda.after(100_000, () => meanwhile?.(network));

  expect(await rulesFound(network, topology)).toEqual([rule]);
});

test('director-loop: a real server that balances the same VIP', async () => {
  const { operations } = (await simulate(dr!)).host('director').spec.director!;
  const spec = networkSpec(dr!, true, { stage: 'ingress', operations });
  const loop: DirectorSpec = { stage: 'ingress', operations: operations.filter(isNoServerOf('1.1.1.128')) };
  const hosts = spec.hosts.map((host) => (host.name === 'web1' ? { ...host, director: loop } : host));

  expect(await rulesFound(new Network({ ...spec, hosts }), dr!)).toEqual(['director-loop']);
});

const isNoServerOf =
  (address: string) =>
  (operation: Operation): boolean =>
    operation.do !== 'add-destination' || operation.destination.address !== address;

/** The simulator knows no translation by the firewall, no offloads, and no addresses that are not preferred. */
const NOT_IN_MEMORY = ['source-nat', 'large-receive-offload', 'vip-as-source'];

test('every rule is planted in memory, but those of what the simulator does not know', () => {
  const planted = [...Object.values(NAMED).flat(), ...CASES.map(({ rule }) => rule), 'director-loop'];
  expect([...new Set([...planted, ...NOT_IN_MEMORY])].sort()).toEqual(RULES.map(({ id }) => id).sort());
  expect(planted.filter((rule) => NOT_IN_MEMORY.includes(rule))).toEqual([]);
});

test('weir doctor --lab dr --engine sim --fault vip-missing', async () => {
  const findings = examine(await consult(await simulatedLabClinic('dr', ['vip-missing'], '1.1.1.130:80')));
  expect(findings.map(({ rule, host }) => `${host}: ${rule}`)).toEqual(['web1: vip-missing', 'web2: vip-missing']);
  await expect(simulatedLabClinic('dr', [], '1.1.1.130:81')).rejects.toMatchObject({ code: 'SERVICE_UNKNOWN' });
  await expect(simulatedLabClinic(true, [], undefined)).rejects.toMatchObject({ code: 'USAGE' });
});

describe('the director alone, without its real servers, concludes from what its probes answer', () => {
  test.each([
    ['nat', 'gateway-wrong', 'nat-gateway'],
    ['nat', 'server-down', 'server-silent'],
    ['nat', 'port-wrong', 'not-listening'],
    ['dr-flat', 'vip-missing', 'vip-missing'],
    ['ipv6', 'vip-missing', 'vip-missing'],
    ['tun', 'tunnel-missing', 'no-decapsulation'],
    ['tun', 'vip-missing', 'vip-missing'],
    ['tun', 'port-wrong', 'not-listening'],
  ])('%s with %s: %s', async (name, fault, rule) => {
    const topology = await plantFaults(await loadTopology(name), [fault]);
    const clinic = { ...clinicOf(await simulate(topology), topology), servers: [] };
    expect([...new Set(examine(await consult(clinic)).map((one) => one.rule))]).toEqual([rule]);
  });

  test.each(['nat', 'dr-flat', 'ipv6', 'tun'])('%s, healthy: nothing', async (name) => {
    const topology = await loadTopology(name);
    const clinic = { ...clinicOf(await simulate(topology), topology), servers: [] };
    expect(examine(await consult(clinic))).toEqual([]);
  });
});
