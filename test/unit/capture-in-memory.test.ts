import { describe, expect, test } from 'vitest';
import { sideOf } from '../../src/cli/capture/points.ts';
import { loadTopology, topologyNames } from '../../src/lab/catalogue.ts';
import { loadFault, plantFaults } from '../../src/lab/fault.ts';
import { capturedFrames } from '../../src/lab/outcome.ts';
import { simulate } from '../../src/lab/simulate.ts';
import { hostOfRole, placedNics, type Topology } from '../../src/lab/topology.ts';
import { endpointText } from '../../src/lvs/service.ts';
import type { Network } from '../../src/sim/network.ts';
import { Follower } from '../../src/walk/follower.ts';
import { Summarizer } from '../../src/walk/verdict.ts';
import { isDirectors, type WatchPoint } from '../../src/walk/watch-point.ts';

/** `weir capture --summary` in networks in memory: what the frames of faults tell that a client does not notice at once. */

const MILLISECOND = 1_000_000n;
const SECOND = 1_000_000;

/** What is concluded from the frames at these NICs. */
function conclude(network: Network, topology: Topology, watches: (point: WatchPoint) => boolean): string[] {
  const placed = placedNics(topology).map((nic) => ({
    key: `${nic.host} ${nic.name}`,
    point: { host: nic.host, nic: nic.name, mac: nic.mac, side: sideOf(topology, nic) },
  }));
  const points = new Map(placed.filter(({ point }) => watches(point)).map(({ key, point }) => [key, point]));
  const summarizer = new Summarizer([...points.values()], {
    services: new Set([endpointText(topology.service)]),
    masqueraded: new Set(),
  });
  const follower = new Follower<WatchPoint>({ disorder: 0n, patience: 500n * MILLISECOND });
  for (const { point: at, time, bytes } of capturedFrames(topology, network.frames)) {
    const point = points.get(`${at.host} ${at.nic}`);
    if (point === undefined) continue;
    for (const packet of follower.settle(time)) summarizer.add(packet);
    follower.push({ point, time, bytes });
  }
  for (const packet of follower.end()) summarizer.add(packet);
  const { verdicts, redirected } = summarizer.summary();
  return [...verdicts.map(({ verdict }) => verdict), ...redirected.map((host) => `redirected ${host}`)];
}

/** At the director alone, and in the whole lab. */
function both(network: Network, topology: Topology): string[][] {
  return [conclude(network, topology, isDirectors), conclude(network, topology, () => true)];
}

function ask(network: Network, topology: Topology, upload = 0): void {
  const request = { to: topology.service, protocol: 'tcp', upload, timeout: 4 * SECOND } as const;
  network.request(hostOfRole(topology, 'client'), request);
}

async function planted(name: string, fault: string): Promise<Topology> {
  return await plantFaults(await loadTopology(name), [fault]);
}

const topologies = await Promise.all(topologyNames().map(loadTopology));
const withFault = (fault: string): string[] =>
  topologies.filter(({ faults = [] }) => faults.includes(fault)).map(({ name }) => name);

test.each(topologyNames())('%s is healthy, small requests and large ones', async (name) => {
  const topology = await loadTopology(name);
  const network = await simulate(topology);
  ask(network, topology);
  ask(network, topology, 20_000);

  expect(both(network, topology)).toEqual([['healthy'], ['healthy']]);
});

/** Here it is the router of the clients that drops them, so the director does not see them. */
const LOST_BEFORE_DIRECTOR: ReadonlySet<string> = new Set(['dr', 'mixed', 'nat-one-nic']);

test.each(withFault('mtu-black-hole'))(
  '%s with a narrow link that nobody hears of: full packets are lost',
  async (name) => {
    const topology = await planted(name, 'mtu-black-hole');
    const { upload } = await loadFault('mtu-black-hole');
    const network = await simulate(topology);
    ask(network, topology);
    ask(network, topology, upload);

    expect(both(network, topology)).toEqual([
      LOST_BEFORE_DIRECTOR.has(name) ? ['healthy'] : ['large-lost', 'healthy'],
      ['large-lost', 'healthy'],
    ]);
  },
);

describe('connections that are silent for too long', () => {
  test.each(withFault('idle-timeout'))('%s: the director has forgotten them', async (name) => {
    const topology = await planted(name, 'idle-timeout');
    const network = await simulate(topology);
    ask(network, topology);
    network.wait(28 * SECOND);

    for (const verdicts of both(network, topology)) expect(verdicts).toEqual(['forgotten', 'healthy']);
  });
});

test.each(withFault('redirects'))('%s: the director advises a real server of a way past it', async (name) => {
  const topology = await planted(name, 'redirects');
  const network = await simulate(topology);
  ask(network, topology);
  network.request('web1', { to: { address: '10.1.1.100', port: 9 }, protocol: 'tcp', timeout: SECOND });

  expect(both(network, topology)).toEqual([
    ['healthy', 'redirected 1.1.1.128'],
    ['healthy', 'redirected 1.1.1.128'],
  ]);
});

test.each(withFault('rp-filter-director'))('%s: packets for no service leave nothing to judge', async (name) => {
  const topology = await planted(name, 'rp-filter-director');
  const network = await simulate(topology);
  ask(network, topology);

  expect(both(network, topology)).toEqual([['healthy'], ['healthy']]);
});
