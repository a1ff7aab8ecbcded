import { describe, expect, test } from 'vitest';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology, topologyNames } from '../../src/lab/catalogue.ts';
import { loadFault, plantFaults } from '../../src/lab/fault.ts';
import { capturedFrames, outcomeOf, type RequestOutcome } from '../../src/lab/outcome.ts';
import { readCounters, requestInLab } from '../../src/lab/request.ts';
import { simulate } from '../../src/lab/simulate.ts';
import { questionOf } from '../../src/lab/trace/ask.ts';
import { traceInMemory } from '../../src/lab/trace/in-memory.ts';
import { traceInNamespaces } from '../../src/lab/trace/in-namespaces.ts';
import type { Trace } from '../../src/lab/trace/trace.ts';
import { hostOfRole, type Topology } from '../../src/lab/topology.ts';
import { COUNTERS, type Counter } from '../../src/sim/counters.ts';

/**
 * One world, two substances: the same request in the simulator and in namespaces comes to the same end. What must be equal: what
 * the client sees, who answers ARP for the VIP, how far the first packet and the answer to it come, and which counters of the
 * stack move on which host.
 */

/** Seconds that the client waits: long enough for ARP to give up (3 s) and for its error to come back. */
const PATIENCE = 4;

/** How many times a thing is counted depends on the load of the machine; that it is counted does not. These come by load alone. */
const LOOSE: ReadonlySet<Counter> = new Set(['TcpRetransSegs']);

/** What every run compares; WEIR_ALL_FAULTS=1 compares every fault in every topology. */
const USUAL: ReadonlySet<string> = new Set([
  'nat healthy',
  'nat gateway-wrong',
  'nat server-down',
  'nat weight-zero',
  'nat mtu-black-hole',
  'dr healthy',
  'dr vip-missing',
  'dr arp-problem',
  'dr gateway-director',
  'dr no-static-arp',
  'ipv6 healthy',
  'tun healthy',
  'tun tunnel-missing',
  'fwmark healthy',
  'fullnat healthy',
]);

const topologies = await Promise.all(topologyNames().map(loadTopology));
const cases = topologies
  .flatMap((topology) => ['healthy', ...(topology.faults ?? [])].map((fault) => ({ topology, fault })))
  .filter(({ topology, fault }) => process.env['WEIR_ALL_FAULTS'] === '1' || USUAL.has(`${topology.name} ${fault}`));

describe('simulator and namespaces come to the same end', () => {
  test.concurrent.each(cases.map(({ topology, fault }) => [topology.name, fault, topology] as const))(
    '%s, %s',
    async (_name, fault, topology) => {
      const planted = await plantFaults(topology, fault === 'healthy' ? [] : [fault]);
      const upload = fault === 'healthy' ? 0 : ((await loadFault(fault)).upload ?? 0);

      const [simulated, real] = await Promise.all([inMemory(planted, upload), inNamespaces(planted, upload)]);

      expect(simulated).toEqual(real);
    },
  );
});

async function inMemory(topology: Topology, upload: number): Promise<RequestOutcome> {
  const network = await simulate(topology);
  const client = hostOfRole(topology, 'client');
  const timeout = PATIENCE * 1_000_000;
  const result = network.request(client, { to: topology.service, protocol: 'tcp', upload, timeout });
  network.wait(50_000);
  const counters = [...network.hosts].map(([name, host]) => [name, moved((counter) => host.counters.get(counter))]);
  return outcomeOf({
    topology,
    result,
    frames: capturedFrames(topology, network.frames),
    counters: Object.fromEntries(counters),
  });
}

async function inNamespaces(topology: Topology, upload: number): Promise<RequestOutcome> {
  const lab = await buildLab(topology, { hook: 'tc', rules: true });
  try {
    const hosts = Object.keys(topology.hosts);
    const capture = await lab.capture('arp or icmp or icmp6 or ip proto 4 or tcp port 80');
    const before = await Promise.all(hosts.map((host) => readCounters(lab, host)));
    const result = await requestInLab(lab, lab.client, PATIENCE, { upload });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const after = await Promise.all(hosts.map((host) => readCounters(lab, host)));
    const counters = hosts.map((host, at) => [host, moved((counter) => after[at]![counter] - before[at]![counter])]);
    return outcomeOf({ topology, result, frames: await capture.stop(), counters: Object.fromEntries(counters) });
  } finally {
    await lab.down();
  }
}

/**
 * Linux counts an attempt that ICMP has ended only where the program does not hold the socket at that instant (tcp_v4_err), which on one
 * machine is a matter of chance.
 */
function moved(value: (counter: Counter) => number): Counter[] {
  const all = COUNTERS.filter((counter) => !LOOSE.has(counter) && value(counter) > 0);
  return all.includes('IcmpInDestUnreachs') ? all.filter((counter) => counter !== 'TcpAttemptFails') : all;
}

test('a trace in namespaces ends where the one in memory does', async () => {
  const topology = await plantFaults(await loadTopology('dr'), ['vip-missing']);
  const question = questionOf(topology, '10.1.1.100:40000', '1.1.1.130:80', 'tcp');

  const [simulated, real] = await Promise.all([
    traceInMemory(topology, question),
    traceInNamespaces(topology, question),
  ]);

  const arrows = (trace: Trace): string[] =>
    trace.steps.flatMap(({ arrow }) => (arrow === undefined ? [] : [arrow.label]));
  expect(arrows(real)).toEqual(arrows(simulated));
  expect(real.end.dropped?.host).toBe(simulated.end.dropped?.host);
  expect(real.end.dropped?.text.en).toContain('IpInAddrErrors');
  expect(real.request?.sightings.map(({ fields }) => fields)).toEqual(
    simulated.request?.sightings.map(({ fields }) => fields),
  );
});
