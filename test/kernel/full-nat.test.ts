import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EbpfStage, EbpfStage as Stage } from '../../src/engine/compliance/ebpf/stage.ts';
import { TWO_SIDES, directorMac } from '../../src/engine/compliance/recorded-topology.ts';
import type { Connection } from '../../src/lvs/live-connection.ts';
import type { Surroundings } from '../../src/lvs/routing.ts';
import { endpointText } from '../../src/lvs/service.ts';
import { packet, type PacketSpec } from '../../src/net/packet.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { answers, labWithRules, output, url } from '../support/lab.ts';
import { frameTexts } from '../support/frame-texts.ts';
import { Random } from '../../src/engine/compliance/random/random.ts';

/** Full NAT in the loaded programs, held against the specification: both families, all protocols, errors, ports that run short. */
const SIDES = {
  inet: { client: '10.1.0.10', virtual: '10.9.9.9', server: '10.2.0.11', own: '10.2.0.1', text: '10.9.9.9' },
  inet6: {
    client: '2001:db8:a::10',
    virtual: '2001:db8:9::9',
    server: '2001:db8:b::11',
    own: '2001:db8:b::1',
    text: '[2001:db8:9::9]',
  },
} as const;
const PROTOCOLS = { tcp: '-t', udp: '-u', sctp: '--sctp-service' } as const;
/** The way to clients carries less than that to servers, so that a reply may be too big. */
const NARROW: Surroundings = {
  ...TWO_SIDES,
  interfaces: { ...TWO_SIDES.interfaces, eth0: { ...TWO_SIDES.interfaces['eth0']!, mtu: 1400 } },
};
type Family = keyof typeof SIDES;
type Protocol = keyof typeof PROTOCOLS;

const ALL = (['inet', 'inet6'] as const).flatMap((family) =>
  (['tcp', 'udp', 'sctp'] as const).map((protocol) => [family, protocol] as const),
);

describe.each(['tc', 'xdp'] as const)('full NAT on %s', (hook) => {
  let stage: EbpfStage;

  beforeAll(async () => {
    stage = await Stage.openOn({ surroundings: NARROW, hook });
  }, 60_000);
  afterAll(async () => {
    await stage.close();
  });

  test.each(ALL)('%s, %s: requests, replies and ICMP errors about either', async (family, protocol) => {
    const random = new Random(7);
    await serve(stage, family, protocol, 'source add OWN 1024-65535');
    for (let round = 0; round < 12; round++) {
      const port = 1 + random.below(0xffff);
      const payload = random.below(200);
      const request = fromClient(family, segment(protocol, { source: port, destination: 80 }, payload, 'S'));
      const [asked] = play(stage, 'eth0', request);
      const seen = (await connectionOf(stage, port))?.source;
      expect(seen, `${protocol} from port ${port}`).toBeDefined();
      const ports = { source: 8080, destination: seen?.port ?? 0 };
      const [answered] = play(stage, 'eth1', fromServer(family, segment(protocol, ports, payload, 'SA')));
      play(stage, 'eth1', icmp(family, 'server', asked));
      play(stage, 'eth0', icmp(family, 'client', answered));
      play(stage, 'eth1', fromServer(family, { ...segment(protocol, ports, 1400, 'A') }));
      play(stage, 'eth1', fromServer(family, segment(protocol, ports, 8, 'A'), 1));
    }
    await compareTables(stage);
  });

  test('chooses the ports that the specification chooses, until there are none', async () => {
    await serve(stage, 'inet', 'tcp', 'source add OWN 5000-5019', 'source add 10.1.0.1 7000-7029');
    const left = Array.from({ length: 60 }, (_, port) =>
      play(stage, 'eth0', fromClient('inet', segment('tcp', { source: 100 + port, destination: 80 }, 0, 'S'))),
    );
    expect(left.filter((frames) => frames.length === 0).length).toBeGreaterThan(9);
    await compareTables(stage);
    await stage.wait(121_000);
    expect(
      play(stage, 'eth0', fromClient('inet', segment('tcp', { source: 7, destination: 80 }, 0, 'S'))),
    ).toHaveLength(1);
    await compareTables(stage);
  });

  test('takes the port of a connection that is over before it is swept', async () => {
    await serve(stage, 'inet', 'tcp', 'source add OWN 5000-5000');
    const from = (source: number) => fromClient('inet', segment('tcp', { source, destination: 80 }, 0, 'S'));
    expect(play(stage, 'eth0', from(1))).toHaveLength(1);
    expect(play(stage, 'eth0', from(2))).toHaveLength(0);
    for (let passed = 0; passed < 100; passed++) await stage.wait(900);
    expect(play(stage, 'eth0', from(2))).toHaveLength(1);
    await stage.wait(1_000);
    await compareTables(stage);
  });

  test('lets a real server be a client of its own VIP', async () => {
    await serve(stage, 'inet', 'tcp', 'source add OWN 1024-65535');
    const server = SIDES.inet.server;
    const ask = (flags: string) => segment('tcp', { source: 40_001, destination: 80 }, 0, flags);
    const request = (flags: string) =>
      frameTo('eth1', { ip: { source: server, destination: '10.9.9.9' }, ...ask(flags) });
    const [asked] = play(stage, 'eth1', request('S'));
    expect(asked?.interface).toBe('eth1');
    const seen = (await connectionOf(stage, 40_001))?.source;
    const answer = segment('tcp', { source: 8080, destination: seen?.port ?? 0 }, 0, 'SA');
    const [answered] = play(stage, 'eth1', fromServer('inet', answer));
    expect(answered?.interface).toBe('eth1');
    play(stage, 'eth1', request('A'));
    await compareTables(stage);
  });

  test.each(['inet', 'inet6'] as const)('%s: an ICMP error starts a connection (schedule_icmp)', async (family) => {
    await serve(stage, family, 'tcp', 'source add OWN 1024-65535');
    await stage.rule('set schedule_icmp=1');
    const { client, virtual } = SIDES[family];
    const ports = { source: 80, destination: 9 };
    const ip = { source: virtual, destination: client };
    const quoted = frameTo('eth0', { ip, ...segment('tcp', ports, 40, 'A') });
    play(stage, 'eth0', icmp(family, 'client', { bytes: quoted }));
    await compareTables(stage);
    expect(await connectionOf(stage, 9)).toMatchObject({ state: 'NONE' });
    await stage.wait(4_000);
    expect(await connectionOf(stage, 9)).toBeUndefined();
    await stage.rule('set schedule_icmp=0');
    play(stage, 'eth0', icmp(family, 'client', { bytes: quoted }));
    expect(await connectionOf(stage, 9)).toBeUndefined();
  });

  test('keeps sources over a restart of the table, and refuses more than there is room for', async () => {
    await serve(stage, 'inet', 'tcp', 'source add OWN 5000-5001');
    const sources = (await stage.forwarding.table()).sources;
    expect(sources).toContainEqual({ address: '10.2.0.1', firstPort: 5000, lastPort: 5001 });
    const many = Array.from({ length: 257 }, (_, place) => ({
      do: 'set-source' as const,
      source: { address: `10.7.${place >> 8}.${place & 255}`, firstPort: 1, lastPort: 2 },
    }));
    await expect(stage.forwarding.commit(many.slice(1).concat(many[0]!))).rejects.toMatchObject({
      code: 'ENGINE_FULL',
    });
  });
});

describe.each(['tc', 'xdp'] as const)('the lab fullnat on %s', (hook) => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await labWithRules('fullnat', hook);
  }, 60_000);
  afterAll(async () => {
    await lab.down();
  });

  test('answers clients although the real servers have no route to them', async () => {
    expect(await answers(lab, 100)).toEqual({ web1: 50, web2: 50 });
  });

  test('answers a real server that is a client of its own VIP, itself among others', async () => {
    const curl = `for i in 1 2 3 4; do curl -sS --max-time 5 ${url(lab)}; done`;
    for (const host of ['web1', 'web2'])
      expect((await output(lab, host, curl)).trim().split('\n').sort()).toEqual(['web1', 'web1', 'web2', 'web2']);
  });

  test('a director that is started again goes on with its sources and connections', async () => {
    const asked = output(lab, 'client', `curl -sS --max-time 20 --limit-rate 1 ${url(lab)}`);
    await lab.stopDirector('SIGKILL');
    await lab.startDirector();
    expect(await asked).toMatch(/^web[12]\n$/);
    expect(await output(lab, lab.director, ['weir', 'source', 'list'])).toContain('1.1.1.130');
    expect(await answers(lab, 10)).toEqual({ web1: 5, web2: 5 });
  });
});

/** A director whose only service has one real server behind full NAT. */
async function serve(stage: EbpfStage, family: Family, protocol: Protocol, ...sources: string[]): Promise<void> {
  const { server, own, text } = SIDES[family];
  const name = `${PROTOCOLS[protocol]} ${text}:80`;
  await stage.ipvsadm('-C');
  await stage.wait(7_700_000);
  for (const { address } of (await stage.engine.table()).sources) await stage.rule(`source remove ${address}`);
  for (const line of sources) await stage.rule(line.replace('OWN', own));
  await stage.rule(`-A ${name} -s rr`);
  await stage.rule(`-a ${name} -r ${family === 'inet' ? server : `[${server}]`}:8080 --full-nat`);
}

function segment(
  protocol: Protocol,
  ports: { source: number; destination: number },
  payload: number,
  flags: string,
): PacketSpec {
  if (protocol === 'tcp') return { tcp: { ...ports, flags }, payload };
  if (protocol === 'udp') return { udp: { ...ports, ...(payload % 5 === 0 ? { checksum: 0 } : {}) }, payload };
  const type = flags === 'S' ? 1 : flags === 'SA' ? 2 : 0;
  return { sctp: { ...ports, chunks: [{ type, flags: 0, value: new Uint8Array(payload + 16) }] } };
}

function fromClient(family: Family, spec: PacketSpec): Uint8Array {
  const { client, virtual } = SIDES[family];
  return frameTo('eth0', { ip: { source: client, destination: virtual }, ...spec });
}

function fromServer(family: Family, spec: PacketSpec, ttl = 64): Uint8Array {
  const { server, own } = SIDES[family];
  const whole = family === 'inet' ? { dontFragment: true } : {};
  return frameTo('eth1', { ip: { source: server, destination: own, ttl, ...whole }, ...spec });
}

/** Host unreachable, from the host that got `about`. */
function icmp(family: Family, from: 'client' | 'server', about: { bytes: Uint8Array } | undefined): Uint8Array {
  if (about === undefined) throw new Error('nothing to send an error about');
  const { client, server, virtual, own } = SIDES[family];
  const ip = from === 'client' ? { source: client, destination: virtual } : { source: server, destination: own };
  const error =
    family === 'inet'
      ? { icmp: { type: 'destinationUnreachable', code: 'host' } as const }
      : { icmpv6: { type: 'destinationUnreachable', code: 'address' } as const };
  return frameTo(from === 'client' ? 'eth0' : 'eth1', { ip, ...error, payload: about.bytes.subarray(14) });
}

function frameTo(name: 'eth0' | 'eth1', spec: PacketSpec): Uint8Array {
  return packet({ eth: { destination: directorMac(name) }, ...spec });
}

/** Plays a frame on both and compares. @returns what left */
function play(stage: EbpfStage, arrives: string, frame: Uint8Array) {
  const { action, reason, frames } = stage.specified(arrives, frame);
  const found = stage.forwarded(arrives, frame);
  expect(`${reason}\n${frameTexts(found, action, arrives)}`).toBe(`${reason}\n${frameTexts(frames, action, arrives)}`);
  return found;
}

async function compareTables(stage: EbpfStage): Promise<void> {
  const [specified, found] = [await listOf(stage.engine.connections()), await listOf(stage.forwarding.connections())];
  expect(found.map(textOf).sort()).toEqual(specified.map(textOf).sort());
}

async function connectionOf(stage: EbpfStage, port: number): Promise<Connection | undefined> {
  return (await listOf(stage.forwarding.connections())).find(({ client }) => client.port === port);
}

async function listOf(connections: AsyncIterable<Connection>): Promise<Connection[]> {
  const list: Connection[] = [];
  for await (const one of connections) list.push(one);
  return list;
}

function textOf({ protocol, state, client, virtual, destination, source }: Connection): string {
  const ends = [client, virtual, destination, ...(source === undefined ? [] : [source])];
  return [protocol, state, ...ends.map(endpointText)].join(' ');
}
