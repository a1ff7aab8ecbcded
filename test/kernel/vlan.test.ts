import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EbpfStage } from '../../src/engine/compliance/ebpf/stage.ts';
import { directorMac } from '../../src/engine/compliance/recorded-topology.ts';
import type { VlanTag } from '../../src/net/ethernet.ts';
import { packet } from '../../src/net/packet.ts';
import { parseFrame } from '../../src/net/frame.ts';
import { SURROUNDINGS } from '../../src/engine/compliance/random/surroundings.ts';

/** Tagged frames at the interface itself; here the kernel has no VLAN interfaces that they could go on to. */
describe.each(['tc', 'xdp'] as const)('a frame with a VLAN tag that comes to %s', (hook) => {
  let stage: EbpfStage;
  let port = 40_000;
  beforeAll(async () => {
    stage = await EbpfStage.openOn({ surroundings: SURROUNDINGS, hook });
    for (const [vip, server] of [
      ['10.9.9.9', '10.2.0.11'],
      ['[2001:db8:9::9]', '[2001:db8:b::11]'],
    ]) {
      await stage.ipvsadm(`-A -t ${vip}:80 -s rr`);
      await stage.ipvsadm(`-a -t ${vip}:80 -r ${server}:80 -m`);
    }
  });
  afterAll(async () => await stage.close());

  const ENDS = {
    inet: { source: '10.1.0.10', destination: '10.9.9.9' },
    inet6: { source: '2001:db8:a::10', destination: '2001:db8:9::9' },
  } as const;

  function forwarded(family: keyof typeof ENDS, vlan: readonly Partial<VlanTag>[]): string[][] {
    const eth = { destination: directorMac('eth0') };
    const tcp = { source: ++port, destination: 80, flags: 'S' } as const;
    const frame = packet({ eth, ...(vlan.length === 0 ? {} : { vlan }), ip: ENDS[family], tcp });
    return stage
      .forwarded('eth0', frame)
      .filter(({ interface: out }) => out === 'eth1')
      .map(({ bytes }) => parseFrame(bytes).layers.map(({ name }) => name));
  }

  test.each(['inet', 'inet6'] as const)('%s: of VLAN 0 is one without a tag that has a priority', (family) => {
    expect(forwarded(family, [{ id: 0, priority: 5 }])).toEqual(forwarded(family, []));
    expect(forwarded(family, []).flat()).toEqual(['ethernet', family === 'inet' ? 'ipv4' : 'ipv6', 'tcp']);
  });

  test.each(['inet', 'inet6'] as const)('%s: of any other VLAN is left to its interface', async (family) => {
    const before = (await stage.statistics()).map(({ counters }) => counters);
    expect(forwarded(family, [{ id: 7 }])).toEqual([]);
    expect(forwarded(family, [{ id: 100 }, { id: 7 }])).toEqual([]);
    expect(forwarded(family, [{ id: 100 }, { id: 0 }])).toEqual([]);
    expect((await stage.statistics()).map(({ counters }) => counters)).toEqual(before);
  });
});
