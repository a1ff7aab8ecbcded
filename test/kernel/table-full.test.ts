import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import type { Hook } from '../../src/engine/options.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { advanceClock } from '../../src/lab/clock.ts';
import { toHex } from '../../src/net/bytes.ts';
import { packet } from '../../src/net/packet.ts';
import { answers, connections, counter, eventually, FIRST_ANSWERED, load, output, type, url } from '../support/lab.ts';
import { startAgent } from '../support/agent.ts';

/** Datagrams to port 7 of an address from `count` ports of the client. */
function burst(address: string, count: number): string[] {
  return [
    'perl',
    '-MSocket',
    '-e',
    'my ($address, $count) = @ARGV; my $to = sockaddr_in(7, inet_aton($address)); for my $port (20000 .. 20000 + $count - 1) { socket(my $s, PF_INET, SOCK_DGRAM, 17) or die; bind($s, sockaddr_in($port, INADDR_ANY)) or die; send($s, "x", 0, $to) or die; close $s }',
    address,
    String(count),
  ];
}

const SEND_ICMP =
  'my ($address, @messages) = @ARGV; socket(my $s, PF_INET, SOCK_RAW, 1) or die; send($s, pack("H*", $_), 0, sockaddr_in(0, inet_aton($address))) or die for @messages';

/** The client's complaints about what it got from port 80 of an address at its own `ports`: too long for the way there. */
async function complain(lab: Lab, address: string, ports: readonly number[]): Promise<void> {
  const [route] = JSON.parse(await output(lab, lab.client, ['ip', '-j', 'route', 'get', address])) as [
    { prefsrc: string },
  ];
  const client = route.prefsrc;
  const messages = ports.map((port) => {
    const quoted = packet({ ip: { source: address, destination: client }, tcp: { source: 80, destination: port } });
    const error = { ip: { source: client, destination: address }, icmp: { type: 3, code: 4, rest: 1400 } };
    return toHex(packet({ ...error, payload: quoted }).subarray(20));
  });
  await output(lab, lab.client, ['perl', '-MSocket', '-e', SEND_ICMP, address, ...messages]);
}

/** ICMP messages that something could not be delivered, which a host has received. */
async function complaintsAt(lab: Lab, host: string): Promise<number> {
  return counter(await output(lab, host, ['cat', '/proc/net/snmp']), 'Icmp', 'InDestUnreachs');
}

interface Status {
  reasons: { reason: string; verdict: string; packets: string }[];
  connections: { used: number; size: number };
}

async function status(lab: Lab): Promise<Status> {
  return JSON.parse(await output(lab, lab.director, ['weir', 'status', '--json'])) as Status;
}

function packetsUnder({ reasons }: Status, wanted: string): number {
  return Number(reasons.find(({ reason }) => reason === wanted)?.packets ?? 0);
}

/** Runs `body` in a lab whose director has room for 1,024 connections. */
async function inSmallLab(name: string, hook: Hook, body: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await buildLab(await loadTopology(name), { hook, engine: 'none' });
  try {
    await lab.startDirector('ebpf', ['--connections', '1024']);
    await body(lab);
  } finally {
    await lab.down();
  }
}

test('a full table drops new connections, counts them, keeps the old ones, and recovers', () =>
  inSmallLab('nat', 'tc', async (lab) => {
    await type(lab, '-A -u 10.1.1.21:7 -s rr', '-a -u 10.1.1.21:7 -r 1.1.1.128:7 -m');
    await output(lab, lab.client, burst('10.1.1.21', 3000));
    const held = (await connections(lab)).length;
    // Their replies need no entries, so that twice as many fit.
    expect(held).toBeGreaterThan(2000);
    expect(held).toBeLessThanOrEqual(2048);
    const { reasons, connections: table } = await status(lab);
    expect(table).toEqual({ used: held, size: 2048 });
    const full = reasons.find(({ reason }) => reason === 'table-full');
    expect(full).toEqual({ reason: 'table-full', verdict: 'drop', packets: String(3000 - held) });
    advanceClock(lab, 301);
    await eventually(() => connections(lab), []);
    await output(lab, lab.client, burst('10.1.1.21', 100));
    expect((await connections(lab)).length).toBe(100);
  }));

const web = (await loadTopology('dr')).service;
const VIP = web.address;

test.each(['tc', 'xdp'] as const)('with a full table a hash forwards without entries, on %s', (hook) =>
  inSmallLab('dr', hook, async (lab) => {
    for (const server of ['web1', 'web2'])
      await writeFile(join(lab.webFolder(server), 'large'), Buffer.alloc(10_000_000));
    await type(lab, `-A -u ${VIP}:7 -s rr`, `-a -u ${VIP}:7 -r 1.1.1.128:7 -g`);
    await type(lab, `-A -t ${VIP}:80 -s sh -b sh-port`);
    for (const server of ['1.1.1.128', '1.1.1.129']) await type(lab, `-a -t ${VIP}:80 -r ${server}:80 -g`);
    await output(lab, lab.client, burst(VIP, 3000));
    const held = (await status(lab)).connections.used;

    const tally = await answers(lab, 60);
    const body = await output(lab, lab.client, ['sh', '-c', `curl -sS --max-time 20 ${url(lab, 'large')} | wc -c`]);

    expect(Object.values(tally).reduce((sum, count) => sum + count)).toBe(60);
    expect(Object.keys(tally).sort()).toEqual(['web1', 'web2']);
    expect(Number(body)).toBe(10_000_000);
    const after = await status(lab);
    expect(after.connections.used).toBe(held);
    expect(packetsUnder(after, 'stateless')).toBeGreaterThan(61 * 5);
    const [udp, tcp] = await load(lab).then((loads) => [loads['1.1.1.128:7'], loads['1.1.1.128:80']]);
    expect([udp, tcp]).toEqual([
      [0, held],
      [0, 0],
    ]);
  }),
);

test('ICMP errors find the real servers of connections without an entry', () =>
  inSmallLab('dr', 'tc', async (lab) => {
    await type(lab, `-A -u ${VIP}:7 -s rr`, `-a -u ${VIP}:7 -r 1.1.1.128:7 -g`);
    await type(lab, `-A -t ${VIP}:80 -s sh -b sh-port`);
    for (const server of ['1.1.1.128', '1.1.1.129']) await type(lab, `-a -t ${VIP}:80 -r ${server}:80 -g`);
    await output(lab, lab.client, burst(VIP, 3000));
    const tally = await answers(lab, 20);
    const before = { web1: await complaintsAt(lab, 'web1'), web2: await complaintsAt(lab, 'web2') };
    const passed = packetsUnder(await status(lab), 'icmp-to-server');

    await complain(
      lab,
      VIP,
      Array.from({ length: 20 }, (_, index) => FIRST_ANSWERED + index),
    );

    const found = async () => ({
      web1: (await complaintsAt(lab, 'web1')) - before.web1,
      web2: (await complaintsAt(lab, 'web2')) - before.web2,
    });
    await eventually(found, { web1: tally['web1'] ?? 0, web2: tally['web2'] ?? 0 });
    expect(packetsUnder(await status(lab), 'icmp-to-server') - passed).toBe(20);
  }));

test('a connection without an entry goes on, and gets one as soon as there is room', () =>
  inSmallLab('dr', 'tc', async (lab) => {
    await type(lab, `-A -u ${VIP}:7 -s rr`, `-a -u ${VIP}:7 -r 1.1.1.128:7 -g`);
    await type(lab, `-A -t ${VIP}:9000 -s maglev`, `-a -t ${VIP}:9000 -r 1.1.1.128:9000 -g`);
    const server = startAgent(lab, 'web1');
    await server.tell('listen 9000', 'listening');
    await output(lab, lab.client, burst(VIP, 3000));
    const client = startAgent(lab, lab.client);
    await client.tell(`connect ${VIP} 9000`, 'connected');
    await server.hears('accepted');
    expect((await connections(lab)).filter(({ protocol }) => protocol === 'tcp')).toEqual([]);

    advanceClock(lab, 301);
    expect((await status(lab)).connections.used).toBe(0);
    await client.tell('send still-here');
    await server.hears('data still-here');

    await eventually(async () => (await connections(lab)).map(({ state }) => state), ['ESTABLISHED']);
    expect(await load(lab)).toEqual({ '1.1.1.128:7': [0, 0], '1.1.1.128:9000': [1, 0] });
    client.stop();
  }));
