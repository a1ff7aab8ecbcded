import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { addNamespaces, deleteNamespaces, insideNamespace, ipBatch } from '../../src/kernel/namespace.ts';
import { run } from '../../src/kernel/process.ts';
import { arpReply, arpRequest } from '../../src/net/arp.ts';
import type { Capture, CapturedPacket } from '../../src/net/capture.ts';
import { frameFaults } from '../../src/net/frame-faults.ts';
import { formatFrame, parseFrame } from '../../src/net/frame.ts';
import { packet, type PacketSpec } from '../../src/net/packet.ts';
import { PcapReader, readPcap, writePcap } from '../../src/net/pcap.ts';
import { writePcapng } from '../../src/net/pcapng.ts';
import { readCaptureFile } from '../../src/net/read-capture.ts';
import { SCTP_CHUNK } from '../../src/net/sctp.ts';

/** tcpdump as the judge: of the files that Weir writes, of the checksums in them, and of the frames of a real network. */

const folder = mkdtempSync(join(tmpdir(), 'weir-capture-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ip = { source: '10.1.0.10', destination: '10.9.9.9' };
const ip6 = { source: '2001:db8:a::10', destination: '2001:db8:9::9' };
const request = arpRequest('02:00:00:00:0c:10', '10.1.1.10', '10.1.1.21');

/** Frames of every protocol, each with a part of what tcpdump says of it. */
const FRAMES: [PacketSpec, string][] = [
  [{ arp: request }, 'Request who-has 10.1.1.21 tell 10.1.1.10'],
  [{ arp: arpReply(request, '02:00:00:00:00:01') }, 'Reply 10.1.1.21 is-at 02:00:00:00:00:01'],
  [
    { ip, tcp: { source: 40001, sequence: 1000, options: [{ kind: 'mss', size: 1460 }, { kind: 'sack-permitted' }] } },
    '(correct), seq 1000, win 65535, options [mss 1460,sackOK,eol]',
  ],
  [
    { vlan: [{ id: 100 }, { id: 7, priority: 5 }], ip, udp: {}, payload: 9 },
    'vlan 100, p 0, ethertype 802.1Q (0x8100), vlan 7, p 5',
  ],
  [
    { ip: { ...ip, options: [{ kind: 'record-route', pointer: 4, addresses: ['0.0.0.0'] }] }, udp: {} },
    'options (RR 0.0.0.0,EOL)) 10.1.0.10.40000 > 10.9.9.9.80',
  ],
  [
    { ip: { ...ip, identification: 9, fragmentOffset: 1480, moreFragments: true, protocol: 17 }, payload: 8 },
    'id 9, offset 1480, flags [+]',
  ],
  [{ ip, sctp: { chunks: [{ type: SCTP_CHUNK.cookieAck, flags: 0, value: new Uint8Array(0) }] } }, '[COOKIE ACK]'],
  [{ ip, icmp: { type: 'echoRequest', identifier: 7, sequence: 3 }, payload: 5 }, 'ICMP echo request, id 7, seq 3'],
  [
    {
      ip,
      icmp: { type: 'destinationUnreachable', code: 'fragmentationNeeded', mtu: 1400 },
      payload: packet({ ip, udp: {} }),
    },
    'unreachable - need to frag (mtu 1400)',
  ],
  [{ ip: ip6, tcp: { flags: 'SA' } }, '2001:db8:a::10.40000 > 2001:db8:9::9.80: Flags [S.]'],
  [{ ip: ip6, extensions: [{ kind: 0, data: Uint8Array.of(1, 4, 0, 0, 0, 0) }], udp: {} }, 'HBH'],
  [{ ip: ip6, fragment: { identification: 5, moreFragments: true }, udp: { length: 900 } }, 'frag (0x00000005:0|8)'],
  [
    { ip: ip6, icmpv6: { type: 'packetTooBig', mtu: 1280 }, payload: packet({ ip: ip6, udp: {} }) },
    'packet too big, mtu 1280',
  ],
  [
    {
      neighbour: {
        kind: 'neighbour-solicitation',
        target: '2001:db8::9',
        options: [{ kind: 'source-link-layer', mac: '02:00:00:00:0c:10' }],
      },
    },
    'neighbor solicitation, length 32, who has 2001:db8::9',
  ],
  [{ ip, inner: { ip: ip6, udp: {}, payload: 3 } }, 'proto IPv6 (41), length 71) 10.1.0.10 > 10.9.9.9'],
  [{ ip, gre: { hasChecksum: true, key: 9 }, inner: { ip, tcp: {} } }, 'GREv0, Flags [checksum present, key present]'],
];

const eth = { source: '02:00:00:00:0c:10', destination: '02:00:00:00:00:01' };
const packets = FRAMES.map(([spec], index): CapturedPacket => {
  const bytes = packet({ eth, ...spec });
  return { interface: 0, time: 1_700_000_000_000_000_001n + BigInt(index), bytes, originalLength: bytes.length };
});
const capture: Capture = { interfaces: [{ linkType: 1, snapLength: 262_144, name: 'eth0' }], packets };

/** What tcpdump prints of a file, a packet a block. */
async function tcpdump(file: string, ...options: string[]): Promise<string> {
  const argv = ['tcpdump', '-Z', 'root', '-nn', '-r', file, ...options];
  const { code, stdout, stderr } = await run(argv, { timeout: 30_000, env: { TZ: 'UTC' } });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

function written(name: string, bytes: Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

/** Lines that start with a time, with the indented ones after them. */
function blocks(text: string): string[] {
  return text.split(/\n(?=\d)/).map((block) => block.replaceAll(/\s+/g, ' ').trim());
}

describe.each([
  ['pcap', () => writePcap(capture)],
  ['pcap of microseconds', () => writePcap(capture, { resolution: 'microseconds' })],
  ['pcapng', () => writePcapng(capture)],
])('tcpdump reads %s', (name, write) => {
  const nanoseconds = !name.includes('microseconds');

  test('with every frame as it was meant, and no wrong checksum', async () => {
    const said = blocks(await tcpdump(written(`${name}.cap`, write()), '-vv', '-e'));
    expect(said.length).toBe(FRAMES.length);
    const parts = FRAMES.map(([, part]) => part);
    expect(parts.map((part, index) => (said[index]!.includes(part) ? part : said[index]))).toEqual(parts);
    expect(said.filter((block) => /bad|incorrect|wrong/i.test(block))).toEqual([]);
  });

  test('with the times', async () => {
    const options = nanoseconds ? ['-tt', '--time-stamp-precision=nano'] : ['-tt'];
    const said = blocks(await tcpdump(written(`${name}.cap`, write()), ...options));
    const last = nanoseconds ? `1700000000.0000000${FRAMES.length}` : '1700000000.000000';
    expect(said.at(-1)?.split(' ')[0]).toBe(last);
  });

  test('and writes a file that is read to the same packets', async () => {
    const again = join(folder, `${name}-again.cap`);
    await tcpdump(written(`${name}.cap`, write()), '--time-stamp-precision=nano', '-w', again);
    const read = readCaptureFile(readFileSync(again));
    const times = packets.map(({ time }) => (nanoseconds ? time : (time / 1000n) * 1000n));
    expect(read.packets).toEqual(packets.map((sent, index) => ({ ...sent, time: times[index] })));
    expect(read.interfaces[0]?.linkType).toBe(1);
  });
});

test('tcpdump reads both sides of a director from one pcapng file', async () => {
  const interfaces = ['eth0', 'eth1'].map((name) => ({
    linkType: 1,
    snapLength: 262_144,
    name,
    comment: `side ${name}`,
  }));
  const both = packets.slice(0, 2).map((sent, index) => ({ ...sent, interface: index, comment: `packet ${index}` }));
  const said = blocks(
    await tcpdump(written('both.pcapng', writePcapng({ interfaces, packets: both, comment: 'both' }))),
  );
  expect(said.length).toBe(2);
});

/** Below Ethernet. ICMP comes because nobody listens for the datagrams, and as neighbour discovery. */
const SPOKEN = ['arp', 'ipv4 tcp', 'ipv4 udp', 'ipv4 icmp', 'ipv6 icmpv6', 'ipv6 tcp', 'ipv6 udp'];

function stacksOf(seen: readonly CapturedPacket[]): Set<string> {
  const layers = seen.map(({ bytes }) => parseFrame(bytes).layers.slice(1));
  return new Set(layers.map((stack) => stack.map(({ name }) => name).join(' ')));
}

describe('frames of a real network, from tcpdump', () => {
  const id = `weir-cap-${process.pid}`;
  const [left, right] = [`${id}-a`, `${id}-b`];
  const file = join(folder, 'live.pcap');
  let piped: CapturedPacket[] = [];

  beforeAll(async () => {
    await deleteNamespaces([left, right]);
    await addNamespaces([left, right]);
    await ipBatch([`link add va netns ${left} type veth peer name vb netns ${right}`]);
    for (const [namespace, nic, host] of [
      [left, 'va', 1],
      [right, 'vb', 2],
    ] as const) {
      // Without it the kernel leaves checksums to a card that a veth does not have.
      await run(insideNamespace(namespace, ['ethtool', '-K', nic, 'tx', 'off']));
      await ipBatch(
        [`addr add 10.77.0.${host}/24 dev ${nic}`, `addr add 2001:db8:77::${host}/64 dev ${nic} nodad`],
        namespace,
      );
      await ipBatch([`link set lo up`, `link set ${nic} up`], namespace);
    }
    piped = await captureWhile(traffic);
  });
  afterAll(() => deleteNamespaces([left, right]));

  /** TCP and UDP between the namespaces, over IPv4 and IPv6: the client says hello, the server answers. */
  async function traffic(): Promise<void> {
    const server = `
      const answer = (socket) => socket.on('data', () => socket.end('answer')).on('error', () => {});
      require('net').createServer(answer).listen(8080, '::', () => console.log('ready'));`;
    const client = `
      const net = require('net'), dgram = require('dgram');
      (async () => {
        for (const [host, type] of [['10.77.0.2', 'udp4'], ['2001:db8:77::2', 'udp6']]) {
          const socket = net.connect(8080, host, () => socket.write('hello'));
          await new Promise((done, failed) => socket.on('data', () => {}).on('close', done).on('error', failed));
          const datagrams = dgram.createSocket(type);
          await new Promise((done) => datagrams.send('datagram', 8080, host, done));
          datagrams.close();
        }
      })();`;
    const [program, ...argv] = insideNamespace(right, [process.execPath, '-e', server]);
    const listening = spawn(program!, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(listening.stdout, 'data');
      const outcome = await run(insideNamespace(left, [process.execPath, '-e', client]), { timeout: 20_000 });
      expect(outcome).toMatchObject({ code: 0, stderr: '' });
    } finally {
      listening.kill('SIGKILL');
      await once(listening, 'close');
    }
  }

  /** What tcpdump sends through a pipe meanwhile, read as it comes, and also kept in the file. */
  async function captureWhile(act: () => Promise<void>): Promise<CapturedPacket[]> {
    const options = [
      '-Z',
      'root',
      '-n',
      '-U',
      '--immediate-mode',
      '--time-stamp-precision=nano',
      '-i',
      'vb',
      '-w',
      '-',
    ];
    const [program, ...argv] = insideNamespace(right, ['tcpdump', ...options]);
    const child = spawn(program!, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    const reader = new PcapReader();
    const seen: CapturedPacket[] = [];
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      seen.push(...reader.push(chunk));
    });
    const closed = once(child, 'close');
    try {
      await once(child.stderr, 'data');
      await act();
      // What tcpdump has not yet read when it is interrupted is lost.
      await vi.waitUntil(() => SPOKEN.every((stack) => stacksOf(seen).has(stack)), { timeout: 10_000 });
    } finally {
      child.kill('SIGINT');
      await closed;
    }
    reader.end();
    writeFileSync(file, Buffer.concat(chunks));
    return seen;
  }

  test('are the same from the pipe and from the file', () => {
    expect(piped.length).toBeGreaterThan(20);
    expect(readPcap(readFileSync(file)).packets).toEqual(piped);
  });

  test('are read whole, without a fault, and written again to the same bytes', () => {
    const frames = piped.map(({ bytes }) => parseFrame(bytes));
    expect(frames.filter((frame) => frame.malformed !== undefined || frameFaults(frame).length > 0)).toEqual([]);
    expect(frames.map((frame) => formatFrame(frame))).toEqual(piped.map(({ bytes }) => new Uint8Array(bytes)));
  });

  test('have the protocols that were spoken', () => {
    expect([...stacksOf(piped)]).toEqual(expect.arrayContaining(SPOKEN));
  });

  test('are as many for tcpdump', async () => {
    expect(blocks(await tcpdump(file)).length).toBe(piped.length);
  });
});
