import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { labClinic } from '../../src/cli/doctor/clinic.ts';
import { consult } from '../../src/doctor/consult.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Patient } from '../../src/doctor/facts.ts';
import { RULES } from '../../src/doctor/rules/index.ts';
import { simulatedClinic } from '../../src/doctor/simulated.ts';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology, topologyNames } from '../../src/lab/catalogue.ts';
import { changeLab } from '../../src/lab/change.ts';
import { faultIds, loadFault, plantFaults } from '../../src/lab/fault.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { capturedFrames, outcomeOf, type RequestOutcome } from '../../src/lab/outcome.ts';
import { startHabits } from '../../src/lab/habits.ts';
import { readCounters, requestInLab } from '../../src/lab/request.ts';
import { simulate } from '../../src/lab/simulate.ts';
import { questionOf } from '../../src/lab/trace/ask.ts';
import { traceInMemory } from '../../src/lab/trace/in-memory.ts';
import { traceInNamespaces } from '../../src/lab/trace/in-namespaces.ts';
import type { Trace } from '../../src/lab/trace/trace.ts';
import { hostOfRole, hostsOfRole, withoutHabits, type Topology } from '../../src/lab/topology.ts';
import { COUNTERS, type Counter } from '../../src/sim/counters.ts';

/**
 * One world, two substances: the same request in the simulator and in namespaces comes to the same end. What must be equal: what
 * the client sees, who answers ARP for the VIP, how far the first packet and the answer to it come, and which counters of the
 * stack move on which host.
 */

/** Seconds that the client waits: long enough for ARP to give up (3 s) and for its error to come back. */
const PATIENCE = 4;

/** Seconds that programs take to begin. */
const MARGIN = 1;

/** How many times a thing is counted depends on the load of the machine; that it is counted does not. These come by load alone. */
const LOOSE: ReadonlySet<Counter> = new Set(['TcpRetransSegs']);

/** Labs that stand at once: most of the time everybody waits. */
const AT_ONCE = 5;

/** Without the servers that no request here is for. */
const topologies = await Promise.all(topologyNames().map(async (name) => webOnly(await loadTopology(name))));

/** In how many topologies every run compares a fault; WEIR_ALL_FAULTS=1 compares it in all that can have it. */
const ALL_FAULTS = process.env['WEIR_ALL_FAULTS'] === '1';
const IN_TOPOLOGIES = ALL_FAULTS ? Infinity : 1;

/** The faults of each topology that are compared: each where the fewest others are. */
const chosen = new Map(topologies.map(({ name }) => [name, new Set<string>()]));
for (const fault of faultIds()) {
  const able = topologies.filter(({ faults = [] }) => faults.includes(fault));
  const emptiest = able.toSorted((a, b) => chosen.get(a.name)!.size - chosen.get(b.name)!.size);
  for (const { name } of emptiest.slice(0, IN_TOPOLOGIES)) chosen.get(name)!.add(fault);
}

const faultsOf = ({ name }: Topology): string[] => ['healthy', ...(chosen.get(name) ?? [])];
const cases = topologies.flatMap((topology) => faultsOf(topology).map((fault) => [topology.name, fault] as const));

interface Played {
  simulated: RequestOutcome;
  real: RequestOutcome;
  /** The rules of the doctor that name what is wrong, in both. */
  named: { simulated: string[]; real: string[] };
}

/** What came of each case, in both substances. */
const outcomes = new Map<string, Played | { failed: unknown }>();

describe('simulator and namespaces come to the same end', () => {
  beforeAll(
    async () => {
      const waiting = [...topologies];
      const work = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await playTopology(next);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    },
    ALL_FAULTS ? 3_600_000 : 600_000,
  );

  test.each(cases)('%s, %s', (name, fault) => {
    const outcome = outcomes.get(`${name} ${fault}`);
    if (outcome === undefined || 'failed' in outcome) throw outcome?.failed ?? new Error('it was not played');
    expect(outcome.simulated).toEqual(outcome.real);
    expect(outcome.named.real).toEqual(outcome.named.simulated);
    expect(outcome.named.real).toEqual(expect.arrayContaining(namesOf(fault)));
  });
});

function webOnly(topology: Topology): Topology {
  const hosts = Object.entries(topology.hosts).map(([name, host]) => {
    return [name, { ...host, servers: host.servers?.filter(({ kind }) => kind === 'web') ?? [] }] as const;
  });
  return { ...topology, hosts: Object.fromEntries(hosts) };
}

/** One lab, which is changed from fault to fault. */
async function playTopology(topology: Topology): Promise<void> {
  const lab = await buildLab(topology, { hook: 'tc', rules: true });
  try {
    for (const fault of faultsOf(topology)) {
      const key = `${topology.name} ${fault}`;
      try {
        outcomes.set(key, await playPatiently(lab, topology, fault));
      } catch (failed) {
        outcomes.set(key, { failed });
      }
    }
  } finally {
    await lab.down();
  }
}

/** What the doctor is to call a fault. */
function namesOf(fault: string): string[] {
  return RULES.filter(({ faults }) => faults.includes(fault)).map(({ id }) => id);
}

/**
 * On a loaded machine an answer may come later than the one who asked waits for it, or a frame later than its capture ends: what differs is
 * played once more.
 */
async function playPatiently(lab: Lab, topology: Topology, fault: string): Promise<Played> {
  const played = await play(lab, topology, fault);
  return isDeepStrictEqual(played.simulated, played.real) ? played : await play(lab, topology, fault);
}

async function play(lab: Lab, topology: Topology, fault: string): Promise<Played> {
  const healthy = fault === 'healthy';
  const planted = await plantFaults(topology, healthy ? [] : [fault]);
  const { upload = 0, ripens = 0 } = healthy ? {} : await loadFault(fault);
  const still = withoutHabits(planted);
  if (!healthy) await changeLab(lab, still);
  const [simulated, real] = await Promise.all([inMemory(still, upload), inNamespaces(lab, upload)]);
  const doctors: [string[], string[]] = healthy
    ? [[], []]
    : await Promise.all([doctorInMemory(planted, ripens), doctorInLab(lab, planted, ripens)]);
  return { simulated, real, named: { simulated: doctors[0], real: doctors[1] } };
}

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

async function inNamespaces(lab: Lab, upload: number): Promise<RequestOutcome> {
  const { topology } = lab;
  const hosts = Object.keys(topology.hosts);
  const capture = await lab.capture('arp or icmp or icmp6 or ip proto 4 or tcp port 80');
  const before = hosts.map((host) => readCounters(lab, host));
  const result = await requestInLab(lab, lab.client, PATIENCE, { upload });
  await sleep(50);
  const after = hosts.map((host) => readCounters(lab, host));
  const counters = hosts.map((host, at) => [host, moved((counter) => after[at]![counter] - before[at]![counter])]);
  return outcomeOf({ topology, result, frames: await capture.stop(), counters: Object.fromEntries(counters) });
}

/** The rules that name what is wrong, once it has begun and had time to show. */
async function doctorInMemory(topology: Topology, ripens: number): Promise<string[]> {
  const network = await simulate(topology);
  const client = hostOfRole(topology, 'client');
  network.request(client, { to: topology.service, protocol: 'tcp', timeout: 300_000 });
  network.wait((ripens + MARGIN) * 1_000_000);
  const clinic = simulatedClinic(network, hostOfRole(topology, 'director'), hostsOfRole(topology, 'real server'));
  return named(await consult(clinic));
}

async function doctorInLab(lab: Lab, topology: Topology, ripens: number): Promise<string[]> {
  lab.record.topology = topology;
  await startHabits(lab.record);
  const busy = Object.values(topology.hosts).some(({ habits }) => habits !== undefined);
  if (busy) await sleep((ripens + MARGIN) * 1000);
  return named(await consult(await labClinic({ lab: lab.id, service: undefined, socket: '', via: [] })));
}

const named = (patient: Patient): string[] => [...new Set(examine(patient).map(({ rule }) => rule))].sort();

/**
 * Linux counts an attempt that ICMP has ended only where the program does not hold the socket at that instant (tcp_v4_err), which on one
 * machine is a matter of chance.
 */
function moved(value: (counter: Counter) => number): Counter[] {
  const all = COUNTERS.filter((counter) => !LOOSE.has(counter) && value(counter) > 0);
  const isTold = all.includes('IcmpInDestUnreachs') || all.includes('IcmpInTimeExcds');
  return isTold ? all.filter((counter) => counter !== 'TcpAttemptFails') : all;
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
