import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BpfMap } from '../../src/kernel/bpf-map.ts';
import { loadObject, type LoadedObject } from '../../src/kernel/bpf-object.ts';
import { addNamespaces, deleteNamespaces, insideNamespace, ipBatch } from '../../src/kernel/namespace.ts';
import { awaitFrame, PacketSocket } from '../../src/kernel/packet-socket.ts';
import { run, start as startProgram } from '../../src/kernel/process.ts';
import { testRun } from '../../src/kernel/test-run.ts';
import { visitNamespace } from '../../src/kernel/visit-namespace.ts';
import { frameFaults } from '../../src/net/frame-faults.ts';
import { frameText } from '../../src/net/frame-text.ts';
import { parseFrame, type Frame } from '../../src/net/frame.ts';
import { remoteChecksumFields } from '../../src/net/gue.ts';
import { packet, type PacketSpec } from '../../src/net/packet.ts';
import { parseTcpOptions } from '../../src/net/tcp-options.ts';
import { addressKey } from '../../src/setup/decap/address-key.ts';
import { DECAP_REASONS } from '../../src/setup/decap/reasons.ts';
import { ROOT } from '../support/source-files.ts';
import { launch } from '../support/weir.ts';

const OBJECT = join(ROOT, 'bpf/objects/decap.bpf.o');
const SHOT = 2;
const VIPS: readonly string[] = ['10.9.9.9', '2001:db8:9::9'];

let object: LoadedObject;
beforeAll(() => {
  object = loadObject(OBJECT, { reuse: new Map(), sizes: new Map() });
  const settings = Buffer.alloc(4);
  settings.writeUInt32LE(6080);
  map('decap_settings').set(0, settings);
  for (const vip of VIPS) map('vips').update(addressKey(vip), Buffer.alloc(4));
});
afterAll(() => object.close());

const map = (name: string): BpfMap => new BpfMap(object.maps.get(name)!, name);

/** What the program makes of a frame, which is given the MAC address of the interface that test runs pretend. */
function decap(bytes: Uint8Array): { verdict: number; bytes: Uint8Array; reason: string } {
  const frame = Buffer.from(bytes);
  frame.fill(0, 0, 6);
  const before = counts();
  const { verdict, data } = testRun(object.program('weir_decap'), { data: frame });
  const after = counts();
  const reason = DECAP_REASONS.filter((_, index) => after[index] !== before[index]).join(' ');
  return { verdict, bytes: new Uint8Array(data), reason };
}

function counts(): bigint[] {
  return DECAP_REASONS.map((_, index) => {
    const value = map('decap_counts').at(index);
    let sum = 0n;
    for (let at = 0; at < value.length; at += 8) sum += value.readBigUInt64LE(at);
    return sum;
  });
}

test('the reasons have the same numbers in C and in TypeScript', () => {
  const header = readFileSync(join(ROOT, 'bpf/decap/maps.h'), 'utf8');
  const numbers = [...header.matchAll(/^\tWEIR_DECAP_(\w+) = (\d+),$/gm)].map(([, name, value]) => [
    name,
    Number(value),
  ]);
  const expected = [...DECAP_REASONS.map((name) => name.toUpperCase().replaceAll('-', '_')), 'REASONS'];
  expect(numbers).toEqual(expected.map((name, number) => [name, number]));
});

describe('frames that the kernel of IPVS has put into tunnels', () => {
  const recordings = ['test/golden/wire', 'test/fixtures/kernel/wire'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.startsWith('tun'))
      .map((name) => join(ROOT, folder, name)),
  );

  test('come out as the packets they were, each form of each tunnel', () => {
    const forms = new Set<string>();
    for (const file of recordings) {
      const { out } = JSON.parse(readFileSync(file, 'utf8')) as { out: { hex: string }[] };
      for (const { hex } of out) {
        const sent = new Uint8Array(Buffer.from(hex, 'hex'));
        const frame = parseFrame(sent);
        const ips = frame.layers.filter((layer) => layer.name === 'ipv4' || layer.name === 'ipv6');
        const [outer, inner] = ips;
        if (outer === undefined || inner === undefined || isFragment(frame)) continue;
        const kind = frame.find('gue') ? 'gue' : frame.find('gre') ? 'gre' : 'ipip';
        const result = decap(sent);
        // Services of a mark have packets of any address in their tunnels.
        const forVip = VIPS.includes(inner.header.destination);
        expect({ file, verdict: result.verdict | 0, reason: result.reason }).toEqual({
          file,
          verdict: -1,
          reason: forVip ? kind : 'other-destination',
        });
        if (!forVip) continue;
        const got = parseFrame(result.bytes);
        // A client may have sent a wrong checksum.
        expect(frameFaults(frame)).toEqual(expect.arrayContaining(frameFaults(got)));
        expect(got.layers.map(({ name }) => name)[1]).toBe(inner.name);
        expect(Buffer.from(result.bytes.subarray(14)).toString('hex')).toBe(hex.slice(inner.offset * 2, outer.end * 2));
        forms.add(`${outer.name} ${kind} ${inner.name}`);
      }
    }
    expect([...forms].sort()).toEqual(FORMS);
  });
});

/** Tunnel packets that were too big for the path; the program leaves fragments to the stack. */
const isFragment = (frame: Frame): boolean =>
  frame.find('ipv6-fragment') !== undefined ||
  frame.find('ipv4')?.moreFragments === true ||
  (frame.find('ipv4')?.fragmentOffset ?? 0) > 0;

const FORMS = ['ipv4', 'ipv6'].flatMap((outer) =>
  ['gre', 'gue', 'ipip'].flatMap((kind) => ['ipv4', 'ipv6'].map((inner) => `${outer} ${kind} ${inner}`)),
);

const ETH = { source: '02:00:00:00:00:01', destination: '00:00:00:00:00:00' };
const OUTER = { source: '10.2.0.1', destination: '10.2.0.11' };
const OUTER6 = { source: '2001:db8:b::1', destination: '2001:db8:b::11' };
const inner4 = (change: object = {}): PacketSpec => ({
  ip: { source: '10.1.0.10', destination: '10.9.9.9', ...change },
  tcp: { source: 40_000, destination: 80, sequence: 5, flags: 'PA' },
  payload: 33,
});
const inner6: PacketSpec = {
  ip: { source: '2001:db8:a::10', destination: '2001:db8:9::9' },
  udp: { source: 40_000, destination: 53 },
  payload: 8,
};
const frame = (spec: PacketSpec): Uint8Array => packet({ eth: ETH, ip: OUTER, ...spec });

describe('frames made for it', () => {
  test('remote checksums are filled in, over IPv4 and IPv6', () => {
    for (const [spec, start, offset] of [
      [inner4(), 20, 36],
      [inner6, 40, 46],
    ] as const) {
      const whole = frame({ udp: { checksum: 0 }, gue: remoteChecksumFields({ start, offset }), inner: spec });
      const place = parseFrame(whole).layers.findLast(({ name }) => name === 'ipv4' || name === 'ipv6')!.offset;
      // As a card with checksum offload is given it: the sum of the pseudo header, not turned round.
      const right = Buffer.from(whole.subarray(place + offset, place + offset + 2));
      const plain = Buffer.from(
        packet({
          ...spec,
          ...(spec.tcp ? { tcp: { ...spec.tcp, checksum: 0 } } : { udp: { ...spec.udp, checksum: 0 } }),
        }),
      );
      const seed = pseudoOf(plain, start, right.readUInt16BE(0));
      const left = Uint8Array.from(whole);
      left.set([seed >> 8, seed & 0xff], place + offset);

      const result = decap(left);
      expect(result.reason).toBe('gue');
      expect(Buffer.from(result.bytes.subarray(14 + offset, 16 + offset)).toString('hex')).toBe(right.toString('hex'));
      expect(frameFaults(parseFrame(result.bytes))).toEqual([]);
    }
  });

  test.each<[string, PacketSpec, string]>([
    ['GRE with key and sequence number', { gre: { key: 7, sequence: 9 }, inner: inner4() }, 'gre'],
    ['GRE with a checksum', { gre: { hasChecksum: true }, inner: inner4() }, 'gre'],
    ['GRE with a wrong one', { gre: { hasChecksum: true, checksum: 0x1234 }, inner: inner4() }, 'checksum'],
    ['IPv4 in IPv6', { ip: OUTER6, inner: inner4() }, 'ipip'],
    ['IPv6 in IPv6', { ip: OUTER6, inner: inner6 }, 'ipip'],
    ['IPv6 in IPv4', { inner: inner6 }, 'ipip'],
    ['another destination inside', { inner: inner4({ destination: '10.9.9.8' }) }, 'other-destination'],
    ['a fragment of a tunnel packet', { ip: { ...OUTER, moreFragments: true }, inner: inner4() }, 'fragment'],
    ['a control message of GUE', { udp: {}, gue: { control: true, protocol: 1 }, payload: 8 }, 'unknown-form'],
    ['UDP to another port', { udp: { destination: 53 }, payload: 8 }, 'no-tunnel'],
    ['no tunnel', { tcp: {} }, 'no-tunnel'],
    ['nothing whole inside', { ip: { ...OUTER, protocol: 4 }, payload: 12 }, 'malformed'],
    ['a wrong checksum of UDP', { udp: { checksum: 0x1234 }, gue: {}, inner: inner4() }, 'checksum'],
  ])('%s', (_what, spec, reason) => {
    expect(decap(frame(spec)).reason).toBe(reason);
  });

  test('a packet of another tunnel is passed on untouched', () => {
    const sent = frame({ inner: inner4({ destination: '10.9.9.8' }) });
    const { verdict, bytes } = decap(sent);
    expect([verdict | 0, frameText(parseFrame(bytes))]).toEqual([-1, frameText(parseFrame(sent))]);
  });

  test('congestion that a router has marked outside goes inside, or drops what knows no ECN', () => {
    const marked = (ecn: number) => decap(frame({ ip: { ...OUTER, ecn: 3 }, inner: inner4({ ecn }) }));
    const able = marked(2);
    expect(parseFrame(able.bytes).find('ipv4')!.ecn).toBe(3);
    expect(frameFaults(parseFrame(able.bytes))).toEqual([]);
    expect(marked(0)).toMatchObject({ verdict: SHOT, reason: 'congestion' });
    const six = decap(
      packet({ eth: ETH, ip: { ...OUTER6, ecn: 3 }, inner: { ...inner6, ip: { ...inner6.ip, ecn: 1 } } }),
    );
    expect(parseFrame(six.bytes).find('ipv6')!.ecn).toBe(3);
  });
});

/** One's complement: the checksum field that makes the sum over everything from `start` what the right checksum says. */
function pseudoOf(bytes: Buffer, start: number, right: number): number {
  let sum = 0;
  for (let at = start; at < bytes.length; at += 2) sum += bytes[at]! * 256 + (bytes[at + 1] ?? 0);
  let seed = (~right & 0xffff) - (sum % 0xffff);
  while (seed < 0) seed += 0xffff;
  return seed;
}

describe('a real server of its own', () => {
  const id = `weir-decap-${process.pid}`;
  const [server, client] = [`${id}-s`, `${id}-c`];
  const inside = (namespace: string, line: string) => run(insideNamespace(namespace, ['sh', '-c', line]));

  beforeAll(async () => {
    await addNamespaces([server, client]);
    await ipBatch([
      `link add name eth0 netns ${server} address 02:00:00:00:0d:11 type veth peer name eth0 netns ${client} address 02:00:00:00:00:02`,
    ]);
    await ipBatch(
      [
        'link set lo up',
        'address add 10.2.0.11/24 dev eth0',
        'link set eth0 up',
        'route add default via 10.2.0.1',
        'neigh add 10.2.0.1 lladdr 02:00:00:00:00:02 dev eth0',
      ],
      server,
    );
    await ipBatch(['link set eth0 up'], client);
  });
  afterAll(async () => {
    await weirInside('realserver undo');
    await weirInside('decap down');
    rmSync(`/run/${id}`, { recursive: true, force: true });
    await deleteNamespaces([server, client]);
  });

  /** `weir` in the server's namespace, with a run folder of its own. */
  async function weirInside(line: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const child = launch(line.split(' '), {
      within: insideNamespace(server, []),
      socket: `/run/${id}/weir.sock`,
      options: { env: { ...process.env, WEIR_SOCKET: `/run/${id}/weir.sock`, WEIR_STATE: `/run/${id}/state` } },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk: string) => (stdout += chunk));
    child.stderr?.on('data', (chunk: string) => (stderr += chunk));
    const code = await new Promise<number | null>((resolve) => void child.on('close', resolve));
    return { code, stdout, stderr };
  }

  test('weir realserver setup --method tun makes it answer through every tunnel, with an MSS that fits; undo ends it', async () => {
    const setup = await weirInside('realserver setup --method tun --vip 10.9.9.9');
    expect(setup).toMatchObject({ code: 0, stderr: '' });
    const listener = await startProgram(
      insideNamespace(server, [
        'perl',
        '-MIO::Socket::INET',
        '-e',
        'my $s = IO::Socket::INET->new(LocalPort => 80, Listen => 9) or die; while (my $c = $s->accept) { close $c }',
      ]),
      { log: '/dev/null' },
    );
    await inside(server, 'until ss -Hltn | grep -q :80; do sleep 0.05; done');
    try {
      const socket = await visitNamespace(client, () => new PacketSocket('eth0'));
      const offered: Record<string, number | undefined> = {};
      for (const [name, tunnel] of Object.entries<PacketSpec>({
        ipip: {},
        gre: { gre: {} },
        gue: { udp: {}, gue: {} },
      })) {
        const sourcePort = 41_000 + Object.keys(offered).length;
        socket.send(
          packet({
            eth: { source: '02:00:00:00:00:02', destination: '02:00:00:00:0d:11' },
            ip: { source: '10.2.0.1', destination: '10.2.0.11' },
            ...tunnel,
            inner: {
              ip: { source: '10.1.0.10', destination: '10.9.9.9' },
              tcp: {
                source: sourcePort,
                destination: 80,
                sequence: 5,
                flags: 'S',
                options: [{ kind: 'mss', size: 1460 }],
              },
            },
          }),
        );
        offered[name] = mssOffered(socket, sourcePort);
      }
      socket.close();
      expect(offered).toEqual({ ipip: 1440, gre: 1436, gue: 1428 });
      const { stdout } = await weirInside('decap status');
      expect(stdout).toMatch(/^10\.9\.9\.9 +32$/m);
      expect(stdout).toMatch(/^1 +gre /m);
      expect(stdout).toMatch(/^\d+ +clamped /m);
      const status = await weirInside('realserver status');
      expect(status).toMatchObject({ code: 0 });

      expect(await weirInside('realserver undo')).toMatchObject({ code: 0, stderr: '' });
      expect((await weirInside('decap status')).stdout).toContain('nothing is unwrapped');
      expect((await inside(server, 'ip address show dev lo')).stdout).not.toContain('10.9.9.9');
    } finally {
      process.kill(listener.pid);
    }
  });

  test('bad input: a clear error and nothing attached', async () => {
    expect(await weirInside('decap up --vip 10.9.9.9 --interface eth7')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no Ethernet interface eth7'),
    });
    expect(await weirInside('decap up --vip 10.9.9')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not an IP address'),
    });
    expect((await weirInside('decap status')).stdout).toContain('nothing is unwrapped');
  });

  /** The MSS of the SYN-ACK to a port; undefined if none comes. */
  function mssOffered(socket: PacketSocket, port: number): number | undefined {
    const deadline = performance.now() + 5_000;
    while (performance.now() < deadline && awaitFrame([socket], 200)) {
      for (let bytes = socket.receive(); bytes !== undefined; bytes = socket.receive()) {
        const tcp = parseFrame(bytes).find('tcp');
        if (tcp?.destination !== port || tcp.source !== 80) continue;
        const mss = parseTcpOptions(tcp.options).find(({ kind }) => kind === 'mss');
        return mss?.kind === 'mss' ? mss.size : undefined;
      }
    }
    return undefined;
  }
});
