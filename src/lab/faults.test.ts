import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadTopology, topologyNames } from './catalogue.ts';
import { topologyProblems } from './check.ts';
import { faultIds, loadFault, plantFaults } from './fault.ts';
import { outcomeOf, capturedFrames } from './outcome.ts';
import { simulate } from './simulate.ts';
import { hostOfRole, type Topology } from './topology.ts';

const topologies = await Promise.all(topologyNames().map(loadTopology));
const faults = await Promise.all(faultIds().map(loadFault));
const pairs = topologies.flatMap((topology) =>
  (topology.faults ?? []).map((id) => [topology.name, id, topology] as const),
);

/** What the client sees of two requests in memory: the second meets what the first has left in tables. */
async function clientSees(topology: Topology, upload = 0): Promise<string> {
  const network = await simulate(topology);
  const client = hostOfRole(topology, 'client');
  const ask = (): string => {
    const result = network.request(client, { to: topology.service, protocol: 'tcp', upload, timeout: 4_000_000 });
    network.wait(2_000_000);
    return outcomeOf({ topology, result, frames: capturedFrames(topology, network.frames), counters: {} }).client;
  };
  return `${ask()}, ${ask()}`;
}

describe('every fault', () => {
  test.each(faults.map((fault) => [fault.id, fault] as const))(
    '%s is called as its file is and says what it is',
    (id, fault) => {
      expect(fault.id).toBe(id);
      for (const text of [fault.title, fault.follows, ...fault.hints]) {
        expect(text.en).not.toBe('');
        expect(text.zh).toMatch(/[\u4e00-\u9fff]/);
      }
      expect(fault.hints.length).toBeGreaterThan(1);
    },
  );

  test.each(faults.map(({ id }) => id))('%s is supported by a topology', (id) => {
    expect(topologies.some((topology) => topology.faults?.includes(id))).toBe(true);
  });
});

describe('a topology', () => {
  test.each(topologies.map((topology) => [topology.name, topology] as const))(
    '%s works as long as nothing is wrong',
    async (_, topology) => {
      expect(await clientSees(topology)).toMatch(/^answer web\d, answer web\d$/);
    },
  );

  test.each(pairs)('%s with %s can be built, and is no longer what it was', async (_, id, topology) => {
    const planted = await plantFaults(topology, [id]);
    expect(topologyProblems(planted)).toEqual([]);
    expect(planted).not.toEqual(topology);
    const { latent = false, upload } = faults.find((fault) => fault.id === id)!;
    const sees = await clientSees(planted, upload);
    // Where real servers differ, a fault may concern one of them.
    const seen = topology.name !== 'mixed' && (!latent || upload !== undefined);
    expect(seen && sees.includes('answer')).toBe(false);
  });

  test.each(topologies.map((topology) => [topology.name, topology] as const))(
    '%s answers large requests, too',
    async (_, topology) => {
      expect(await clientSees(topology, 8_000)).toMatch(/^answer web\d, answer web\d$/);
    },
  );

  test.each(topologies.map((topology) => [topology.name, topology] as const))(
    '%s names every fault that can be planted in it',
    async (_, topology) => {
      const possible = faults.filter((fault) => fault.plant(topology) !== undefined).map(({ id }) => id);
      expect([...(topology.faults ?? [])].sort()).toEqual(possible);
    },
  );
});

test('a fault that a topology cannot have is refused with those it can', async () => {
  await expect(plantFaults(await loadTopology('nat'), ['vip-missing'])).rejects.toMatchObject({
    code: 'LAB_UNKNOWN',
    expected: expect.stringContaining('gateway-wrong'),
  });
  await expect(plantFaults(await loadTopology('nat'), ['no-such'])).rejects.toMatchObject({ code: 'LAB_UNKNOWN' });
});

test.each([
  ['docs/lab.md', 'all', ', '],
  ['docs/zh/lab.md', '全部', '、'],
])('%s has a row for each fault, with its topologies', (path, all, comma) => {
  const rows = [...readFileSync(path, 'utf8').matchAll(/^\| `([a-z-]+)` \| [^|]+ \| ([^|]+) \|$/gmu)];
  const shown = rows.map(([, id, names]) => [id, names]).filter(([id]) => faultIds().includes(id ?? ''));
  const expected = faultIds().map((id) => {
    const names = topologies.filter(({ faults: own }) => own?.includes(id)).map(({ name }) => name);
    return [id, names.length === topologies.length ? all : names.join(comma)];
  });
  expect(shown).toEqual(expected);
});
