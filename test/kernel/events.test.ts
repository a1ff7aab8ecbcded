import { afterAll, describe, expect, test } from 'vitest';
import { RigPool } from '../../src/engine/compliance/ebpf/rig.ts';
import { onStage, type EbpfStage } from '../../src/engine/compliance/ebpf/stage.ts';
import { directorMac, TWO_SIDES } from '../../src/engine/compliance/recorded-topology.ts';
import { packet, type PacketSpec } from '../../src/net/packet.ts';
import { TestRuns } from '../support/test-runs.ts';
import { ToldEvents } from '../support/told-events.ts';

const rigs = new RigPool();
afterAll(() => rigs.close());

/** What the loaded programs tell of connections and drops (weir observe), beside what the specification tells of the same. */

const CLIENT = '10.1.0.10';
const VIP = '10.9.9.9';
const SERVER = '10.2.0.11';
const STATES = { syn: 0x02, synAck: 0x12, ack: 0x10, rst: 0x04 } as const;

const request = (flags: number, port = 40_001): PacketSpec => ({
  ip: { source: CLIENT, destination: VIP },
  tcp: { source: port, destination: 80, flags },
});
const datagram = (port: number, ttl = 64): PacketSpec => ({
  ip: { source: CLIENT, destination: VIP, ttl },
  udp: { source: port, destination: 53 },
});

function send(stage: EbpfStage, spec: PacketSpec, arrives: 'eth0' | 'eth1' = 'eth0'): void {
  stage.receive(arrives, packet({ eth: { destination: directorMac(arrives) }, ...spec }));
}

describe.each(['tc', 'xdp'] as const)('the programs on %s tell what the specification tells', (hook) => {
  const played = async (
    rules: readonly string[],
    play: (stage: EbpfStage) => Promise<void> | void,
  ): Promise<string[]> =>
    await onStage({ surroundings: TWO_SIDES, hook, rigs }, async (stage) => {
      for (const line of rules) await (line.startsWith('source') ? stage.rule(line) : stage.ipvsadm(line));
      const events = new ToldEvents(stage);
      try {
        await play(stage);
        const { specified, found } = await events.take();
        expect(found).toEqual(specified);
        return found;
      } finally {
        await events.close();
      }
    });

  test('of a masqueraded connection, from its beginning to the end of its time', async () => {
    const told = await played([`-A -t ${VIP}:80 -s rr`, `-a -t ${VIP}:80 -r ${SERVER}:8080 -m`], async (stage) => {
      send(stage, request(STATES.syn));
      await stage.wait(61_000);
    });
    expect(told).toEqual([
      `closed tcp ${CLIENT}:40001 > ${VIP}:80 > ${SERVER}:8080 SYN_RECV`,
      `new tcp ${CLIENT}:40001 > ${VIP}:80 > ${SERVER}:8080 NONE`,
    ]);
  });

  test('of a connection by full NAT, with the source that the real server sees', async () => {
    const told = await played(['source add 10.2.0.1', `-A -t ${VIP}:80 -s rr`], async (stage) => {
      await stage.rule(`-a -t ${VIP}:80 -r ${SERVER}:80 --full-nat`);
      send(stage, request(STATES.syn));
      await stage.wait(61_000);
    });
    expect(told).toHaveLength(2);
    expect(told[1]).toMatch(/^new tcp .* > 10\.2\.0\.1:\d+ NONE$/u);
  });

  test('of one packet that is a connection, and of templates', async () => {
    const told = await played(
      [
        `-A -u ${VIP}:53 -s rr -o`,
        `-a -u ${VIP}:53 -r ${SERVER}:53 -m`,
        `-A -t ${VIP}:80 -s rr -p 30`,
        `-a -t ${VIP}:80 -r ${SERVER}:80 -g`,
      ],
      async (stage) => {
        send(stage, datagram(5000));
        send(stage, request(STATES.syn));
        send(stage, request(STATES.ack));
        await stage.wait(1_000_000);
      },
    );
    expect(told).toEqual([
      `closed tcp ${CLIENT}:40001 > ${VIP}:80 > ${SERVER}:80 ESTABLISHED`,
      `closed template tcp ${CLIENT}:0 > ${VIP}:80 > ${SERVER}:80 ASSURED`,
      `closed udp ${CLIENT}:5000 > ${VIP}:53 > ${SERVER}:53 UDP`,
      `new tcp ${CLIENT}:40001 > ${VIP}:80 > ${SERVER}:80 NONE`,
      `new template tcp ${CLIENT}:0 > ${VIP}:80 > ${SERVER}:80 NONE`,
      `new udp ${CLIENT}:5000 > ${VIP}:53 > ${SERVER}:53 UDP`,
    ]);
  });

  test('of packets that are dropped, told to the client or not', async () => {
    const told = await played(
      [`-A -u ${VIP}:53 -s rr`, `-a -u ${VIP}:53 -r ${SERVER}:53 -m`, `-A -t ${VIP}:80 -s rr`],
      (stage) => {
        send(stage, request(STATES.syn));
        send(stage, datagram(5001, 1));
      },
    );
    expect(told).toEqual([
      `dropped no-destination tcp ${CLIENT}:40001 > ${VIP}:80 54`,
      `dropped ttl-expired udp ${CLIENT}:5001 > ${VIP}:53 42`,
      `new udp ${CLIENT}:5001 > ${VIP}:53 > ${SERVER}:53 UDP`,
    ]);
  });
});

test('who observes gets no more than the programs have room for, and is told how much that was not', async () => {
  const packets = 3000;
  await onStage({ surroundings: TWO_SIDES, hook: 'tc', rigs }, async (stage) => {
    await stage.ipvsadm(`-A -t ${VIP}:80 -s rr`);
    const events = new ToldEvents(stage);
    await stage.rig.visit(async () => {
      const runs = new TestRuns(stage.rig.runFolder, 'tc', ['eth0', 'eth1']);
      const frame = packet({ eth: { destination: directorMac('eth0') }, ...request(STATES.syn) });
      for (let n = 0; n < packets; n++) runs.run('eth0', frame);
      runs.close();
    });
    const { found } = await events.take();
    const lost = found.reduce((sum, line) => sum + Number(/^lost (\d+)$/u.exec(line)?.[1] ?? 0), 0);
    const told = found.filter((line) => line.startsWith('dropped no-destination')).length;
    await events.close();
    expect(told + lost).toBe(packets);
  });
});
