import { basename } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Rig } from '../../src/engine/compliance/ebpf/rig.ts';
import { TWO_SIDES } from '../../src/engine/compliance/recorded-topology.ts';
import { ipBatch } from '../../src/kernel/namespace.ts';
import { visitNamespace } from '../../src/kernel/visit-namespace.ts';
import { eventually } from '../support/lab.ts';

/** An engine whose process has more to do than to forward: its thread is in another network namespace when it is time to look. */
let rig: Rig;

beforeAll(async () => {
  rig = await Rig.build(TWO_SIDES, 'tc');
});

afterAll(async () => {
  await rig.remove();
});

test('the engine looks after the interfaces of the network namespace that it was opened in', async () => {
  const director = basename(rig.runFolder);
  await visitNamespace(`${director}-wire`, async () => {
    const faults = async () => (await rig.forwarding.status()).faults;
    await ipBatch(['link set eth0 mtu 1400'], director);
    await eventually(faults, [{ fault: 'mtu-changed', count: 1 }]);
    const { facts } = await rig.forwarding.status();
    expect(facts.filter(({ name }) => name.startsWith('interface'))).toEqual([
      { name: 'interface eth0', value: 'tcx (--hook tc)' },
      { name: 'interface eth1', value: 'tcx (--hook tc)' },
    ]);
  });
});
