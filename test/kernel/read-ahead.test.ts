import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LAYOUTS, addressWords } from '../../src/engine/ebpf/maps/layouts.ts';
import { makeShards, openShards } from '../../src/engine/ebpf/maps/shards.ts';
import { viewOf } from '../../src/engine/ebpf/maps/tables.ts';
import { objectPath } from '../../src/engine/ebpf/maps/object-path.ts';
import { type Extent, sweepTask } from '../../src/engine/ebpf/programs/sweeper.ts';
import { METHOD, ROLE, STATE, readSweepRecord, writeConnection4Record } from '../../src/kernel/abi.generated.ts';
import { BpfMap } from '../../src/kernel/bpf-map.ts';
import { loadObject, type LoadedObject } from '../../src/kernel/bpf-object.ts';
import { testRun } from '../../src/kernel/test-run.ts';

const CONNECTIONS = 2000;
/** Most entries of the shard, and the least bytes that one can have: its key and its value. */
const ENTRIES = 4000;
const LEAST_BYTES = LAYOUTS.inet.flowSize + LAYOUTS.inet.connectionSize;

/** What a round finds does not depend on whether the memory of a shard is read ahead, and from where. */
describe.each([
  ['kernel memory may be read', new Map<string, number>()],
  ['it may not', new Map([['reads_memory', 0]])],
])('%s', (_, constants) => {
  let object: LoadedObject;
  let shard: BpfMap;
  beforeAll(() => {
    object = loadObject(objectPath('sweep'), { reuse: new Map(), sizes: new Map(), constants });
    const outer = new BpfMap(object.maps.get('connections4')!, 'connections4');
    const { flowSize: keySize, connectionSize: valueSize } = LAYOUTS.inet;
    makeShards(outer.fd, { keySize, valueSize, entries: ENTRIES }, 1);
    [shard] = openShards(outer, 1) as [BpfMap];
    for (let i = 0; i < CONNECTIONS; i++) shard.update(flow(i), established());
  });
  afterAll(() => {
    shard.close();
    object.close();
  });

  const sweep = (extent?: Extent) =>
    readSweepRecord(viewOf(testRun(object.program('weir_sweep'), { context: sweepTask(0, extent) }).context));

  test('a round tells where the entries lie, and the next one finds the same', () => {
    const { low, high, requests } = sweep();
    expect(requests).toBe(CONNECTIONS);
    expect(Number(high - low)).toBeGreaterThan((CONNECTIONS - 1) * LEAST_BYTES);
    expect(Number(high - low)).toBeLessThan(ENTRIES * 512);
    expect(sweep({ low, high })).toMatchObject({ low, high, requests });
  });

  test.each([
    ['where nothing is', { low: 0xffff_0000_0000_0000n, high: 0xffff_0000_0010_0000n }],
    ['at addresses of processes', { low: 4096n, high: 1_000_000n }],
    ['everywhere', { low: 1n, high: 0xffff_ffff_ffff_ffffn }],
    ['the wrong way round', { low: 2n, high: 1n }],
  ])('%s', (__, extent) => {
    const told = sweep();
    expect(sweep(extent)).toMatchObject({ low: told.low, high: told.high, requests: CONNECTIONS });
  });

  test('few entries, far from each other, are not worth it', () => {
    for (let i = 0; i < CONNECTIONS; i++) if (i % 200 !== 0) shard.delete(flow(i));
    expect(sweep(sweep())).toMatchObject({ low: 0n, high: 0n, requests: 10 });
  });
});

function flow(i: number): Buffer {
  const key = Buffer.alloc(LAYOUTS.inet.flowSize);
  LAYOUTS.inet.writeFlow(viewOf(key), {
    source: addressWords('10.9.9.9'),
    target: addressWords('10.9.9.1'),
    sourcePort: i,
    targetPort: 80,
    protocol: 6,
  });
  return key;
}

/** A connection that a packet has just met, with a minute left. */
function established(): Buffer {
  const value = Buffer.alloc(LAYOUTS.inet.connectionSize);
  writeConnection4Record(viewOf(value), {
    seen: Number((process.hrtime.bigint() >> 20n) & 0xffff_ffffn),
    timeout: 57_220,
    state: STATE.ESTABLISHED,
    destination: 1,
    template: 0,
    packets: 1,
    flags: 0,
    role: ROLE.REQUEST,
    method: METHOD.ROUTE,
    port: 80,
    began: 0,
    address: addressWords('10.9.9.2'),
  });
  return value;
}
