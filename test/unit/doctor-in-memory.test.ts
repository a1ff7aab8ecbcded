import { describe, expect, test } from 'vitest';
import { simulatedLabClinic } from '../../src/cli/doctor/clinic.ts';
import { consult, type Clinic } from '../../src/doctor/consult.ts';
import { examine } from '../../src/doctor/examine.ts';
import { RULES } from '../../src/doctor/rules/index.ts';
import { simulatedClinic } from '../../src/doctor/simulated.ts';
import { loadTopology, topologyNames } from '../../src/lab/catalogue.ts';
import { faultIds, loadFault, plantFaults } from '../../src/lab/fault.ts';
import { addCommands, changeHosts } from '../../src/lab/plant.ts';
import { simulate } from '../../src/lab/simulate.ts';
import { hostOfRole, hostsOfRole, type Topology } from '../../src/lab/topology.ts';
import type { Network } from '../../src/sim/network.ts';

/** The doctor in networks in memory: silent while all is well, every fault of every topology found by its id, and two at once. */

const topologies = await Promise.all(topologyNames().map(loadTopology));

/** What the doctor calls a fault of src/lab/faults. */
const namesIn = (fault: string): string[] => RULES.filter(({ faults }) => faults.includes(fault)).map(({ id }) => id);

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

async function diagnose(topology: Topology, ripens = 0): Promise<string[]> {
  const network = await simulate(topology);
  ask(network, topology);
  network.wait(ripens * 1_000_000);
  return await rulesFound(network, topology);
}

const namesOf = (topology: Topology, fault: string): readonly string[] => [
  ...namesIn(fault),
  ...(ALSO[`${topology.name} ${fault}`] ?? []),
];

describe.each(topologies.map((topology) => [topology.name, topology] as const))('%s', (_name, topology) => {
  test('is healthy, and the doctor is silent', async () => {
    expect(await diagnose(topology)).toEqual([]);
  });

  test.each(topology.faults ?? [])('%s is named, and nothing else', async (fault) => {
    const { ripens } = await loadFault(fault);
    expect(await diagnose(await plantFaults(topology, [fault]), ripens)).toEqual([...namesOf(topology, fault)].sort());
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

test.each(RULES.map((rule) => [rule.id, rule] as const))(
  '%s has a fault of the lab, or cannot be planted',
  (id, rule) => {
    expect(rule.faults.filter((fault) => !faultIds().includes(fault))).toEqual([]);
    expect(rule.faults.length > 0).toBe(id !== 'large-receive-offload');
  },
);

const [nat, dr] = await Promise.all(['nat', 'dr'].map(loadTopology));

test('client-is-director with IPVS: the real server takes the packet for forged', async () => {
  const network = await simulate(dr!, { stage: 'netfilter' });
  network.request('director', { to: dr!.service, protocol: 'tcp', timeout: 300_000 });
  expect(await rulesFound(network, dr!)).toEqual(['client-is-director']);
});

test('tunnel-mtu without a tunnel: the director’s own NIC is narrower than the rest', async () => {
  const narrow = changeHosts(nat!, 'director', ({ nics, ...host }) => ({
    ...host,
    nics: { ...nics, eth1: { ...nics['eth1']!, mtu: 1400 } },
  }))!;
  expect(await rulesFound(await simulate(narrow), narrow)).toEqual(['tunnel-mtu']);
});

test('vip-unreachable for a further service whose VIP nobody has', async () => {
  const lines = ['ipvsadm -A -t 10.1.1.99:80 -s rr', 'ipvsadm -a -t 10.1.1.99:80 -r 1.1.1.128 -m'];
  const topology = addCommands(nat!, ...lines);
  expect(await rulesFound(await simulate(topology), topology)).toEqual(['vip-unreachable']);
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
