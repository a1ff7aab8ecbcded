import { afterAll, describe, expect, test } from 'vitest';
import { RigPool } from '../../src/engine/compliance/ebpf/rig.ts';
import { onStage } from '../../src/engine/compliance/ebpf/stage.ts';
import { directorMac, TWO_SIDES } from '../../src/engine/compliance/recorded-topology.ts';
import { answerTimeOf, type Signals } from '../../src/lvs/signals.ts';
import { packet, type PacketSpec } from '../../src/net/packet.ts';

/** What the differential test cannot compare, since it depends on clocks: how long a real server takes to answer. */

const rigs = new RigPool();
afterAll(() => rigs.close());

const CLIENT = '10.1.0.10';
const VIP = '10.9.9.9';
const SERVER = '10.2.0.11';
const PORTS = [40_001, 40_002, 40_003, 40_004] as const;
const PAUSE = 40;

const request = (port: number, flags: number): PacketSpec => ({
  ip: { source: CLIENT, destination: VIP },
  tcp: { source: port, destination: 80, flags },
});
const reply = (port: number, flags: number): PacketSpec => ({
  ip: { source: SERVER, destination: CLIENT },
  tcp: { source: 80, destination: port, flags },
});

describe.each(['tc', 'xdp'] as const)('the programs on %s', (hook) => {
  test('take the time from a SYN to its answer, in steps of a power of two', async () => {
    const signals = await onStage({ surroundings: TWO_SIDES, hook, rigs }, async (stage): Promise<Signals> => {
      const send = (arrives: 'eth0' | 'eth1', spec: PacketSpec): void =>
        void stage.forwarded(arrives, packet({ eth: { destination: directorMac(arrives) }, ...spec }));
      await stage.ipvsadm(`-A -t ${VIP}:80 -s rr`);
      await stage.ipvsadm(`-a -t ${VIP}:80 -r ${SERVER}:80 -m`);
      for (const port of PORTS) {
        send('eth0', request(port, 0x02));
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
        send('eth1', reply(port, 0x12));
        send('eth0', request(port, 0x10));
      }
      const [service] = await stage.statistics();
      return service!.destinations[0]!.signals;
    });
    expect(signals).toMatchObject({ attempts: 4, answered: 4, completed: 4, retransmissions: 0, uncompleted: 0 });
    expect(signals.answerTimes.total).toBeGreaterThan(PORTS.length * PAUSE * 0.9);
    expect(answerTimeOf(signals.answerTimes, 0.01)).toBeGreaterThan(PAUSE);
  });
});
