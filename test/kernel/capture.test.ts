import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PIN_LAYOUT } from '../../src/engine/ebpf/maps/tables.ts';
import { BpfMap } from '../../src/kernel/bpf-map.ts';
import { openPin } from '../../src/kernel/bpffs.ts';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { readPcapng } from '../../src/net/pcapng.ts';
import { answers, output } from '../support/lab.ts';
import { launch } from '../support/weir.ts';

/** `weir capture` in labs: the packets of real requests, on both sides of the director, and what they tell of faults. */

const folder = mkdtempSync(join(tmpdir(), 'weir-capture-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Captured {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Captures while something is done, then ends the capture by SIGINT, as Ctrl-C would, unless it has a bound. */
async function capturing(lab: Lab, words: readonly string[], action: () => Promise<unknown>): Promise<Captured> {
  const within = ['nsenter', `--net=/run/netns/${lab.namespace(lab.director)}`, '--'];
  const child = launch(['capture', ...words], { within, socket: lab.socket });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: string) => (stdout += chunk));
  const closed = new Promise<number | null>((resolve) => void child.on('close', resolve));
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk: string) => {
      stderr += chunk;
      if (stderr.startsWith('listening') || stderr.startsWith('正在监听')) resolve();
    });
    void closed.then(() => resolve());
  });
  await action();
  await new Promise((resolve) => setTimeout(resolve, 200));
  if (!words.includes('--count')) child.kill('SIGINT');
  return { code: await closed, stdout, stderr };
}

describe('masquerading', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await buildLab(await loadTopology('nat'), { rules: true });
  });
  afterAll(async () => await lab.down());

  test('a request and its reply on both sides, and in a file that tcpdump reads', async () => {
    const file = join(folder, 'nat.pcapng');
    const sides = ['--public', 'eth0', '--private', 'eth1', '--summary', '-w', file];
    const { code, stdout } = await capturing(lab, sides, async () => await answers(lab, 1));

    expect(code).toBe(130);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^ +time {2}flow {2}packet +public eth0 +private eth1$/);
    expect(lines[1]).toMatch(
      / 1 {2}> S +in 10\.1\.1\.100:\d+ > 10\.1\.1\.21:80 +out 10\.1\.1\.100:\d+ > 1\.1\.1\.12[89]:80$/,
    );
    expect(lines[2]).toMatch(
      / 1 {2}< SA +out 10\.1\.1\.21:80 > 10\.1\.1\.100:\d+ +in 1\.1\.1\.12[89]:80 > 10\.1\.1\.100:\d+$/,
    );
    expect(stdout).toContain('healthy (flows 1)');

    const { interfaces, packets } = readPcapng(new Uint8Array(readFileSync(file)));
    expect(interfaces.map(({ name, comment }) => [name, comment])).toEqual([
      ['public eth0', 'public'],
      ['private eth1', 'private'],
    ]);
    expect(packets[0]).toMatchObject({ interface: 0, direction: 'in', comment: 'flow 1, request, seen 1 of 2' });
    const read = await lab.exec('director', ['tcpdump', '-n', '-r', file, 'dst', 'host', '10.1.1.21']);
    expect(read.stdout).toMatch(/10\.1\.1\.100\.\d+ > 10\.1\.1\.21\.80: Flags \[S\]/);
  });

  test('a real server whose gateway is not the director: requests only', async () => {
    for (const web of ['web1', 'web2']) await output(lab, web, 'ip route del default');
    const request = async () => await lab.exec('client', 'curl -s -m 1 http://10.1.1.21/');
    const director = await capturing(
      lab,
      ['--public', 'eth0', '--private', 'eth1', '--summary', '--lang', 'zh'],
      request,
    );
    expect(director.stdout).toContain(
      'no-answer (连接 1)\n  请求已改写并发给真实服务器，没有应答回来：真实服务器的网关没有指向调度器',
    );

    const everywhere = await capturing(lab, ['--lab', lab.id, '--summary'], request);
    expect(everywhere.stdout).toContain('no-answer (flows 1)');
    expect(everywhere.stdout).toContain('up to there the director is right');
  });

  test('no rules: requests that do not go on', async () => {
    await lab.ipvsadm('-C');
    const request = async () => await lab.exec('client', 'curl -s -m 1 http://10.1.1.21/');
    const words = ['--public', 'eth0', '--private', 'eth1', '--service', '10.1.1.21:80', '--summary', 'tcp port 80'];
    expect((await capturing(lab, words, request)).stdout).toMatch(/^(?:not-forwarded|refused) \(flows 1\)$/m);
  });

  test('bounds, JSON, and what is wrong', async () => {
    const some = async () => await lab.exec('client', 'ping -c 2 -i 0.2 -W 1 10.1.1.21');
    const { code, stdout } = await capturing(lab, ['--json', '--count', '1', '--public', 'eth0', 'icmp'], some);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ flow: 1, way: 'request', protocol: 'icmp', notSeen: [] });

    const inside = (line: string) => lab.exec('director', `weir capture ${line}`);
    expect(await inside('--public eth0 foo bar')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining("can't parse filter"),
    });
    expect(await inside('--public eth7')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no network interface eth7'),
    });
    expect(await inside('-w /nowhere/x.pcapng')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('/nowhere/x.pcapng'),
    });
    expect(await inside('--service 10.1.1.21')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no address with a port'),
    });
  });
});

test('direct routing: request in and out at one NIC, the reply past the director', async () => {
  const lab = await buildLab(await loadTopology('dr'), { rules: true });
  try {
    const { code, stdout, stderr } = await capturing(lab, ['--lab', lab.id, '--summary'], () => answers(lab, 1));
    expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringMatching(/^listening at/) });
    expect(stdout).toMatch(
      /^.* 1 {2}> S .* in 10\.1\.1\.100:\d+ > 1\.1\.1\.130:80; out the same, 02:01:01:01:01:2[89] .*not seen/m,
    );
    expect(stdout).toMatch(/^.* 1 {2}< SA .* not seen/m);
    expect(stdout).toContain('healthy (flows 1)');
  } finally {
    await lab.down();
  }
});

test('XDP: the programs show what tcpdump does not see, to one capture at a time, and only while there is one', async () => {
  const lab = await buildLab(await loadTopology('nat'), { rules: true, hook: 'xdp' });
  try {
    const sides = ['--public', 'eth0', '--private', 'eth1', '--summary'];
    const { stdout, stderr } = await capturing(lab, sides, async () => {
      await answers(lab, 2);
      const second = await lab.exec('director', `weir capture ${sides.join(' ')} --seconds 1`);
      expect(second.stderr).toContain('another capture has the frames that XDP forwards');
    });

    expect(stderr).not.toContain('not seen here');
    const lines = stdout.split('\n');
    expect(lines[1]).toMatch(
      / 1 {2}> S +in 10\.1\.1\.100:\d+ > 10\.1\.1\.21:80 +out 10\.1\.1\.100:\d+ > 1\.1\.1\.12[89]:80$/,
    );
    expect(lines[2]).toMatch(
      / 1 {2}< SA +out 10\.1\.1\.21:80 > 10\.1\.1\.100:\d+ +in 1\.1\.1\.12[89]:80 > 10\.1\.1\.100:\d+$/,
    );
    expect(stdout).toContain('healthy (flows 1, 2)');
    expect(stdout).not.toContain('not seen');

    const filtered = await capturing(lab, [...sides, 'port', '81'], async () => await answers(lab, 1));
    expect(filtered.stdout).toContain('Packets: 0.');

    const pins = join(lab.folder(lab.director), 'bpf', PIN_LAYOUT, 'maps');
    const tapping = new BpfMap(openPin(join(pins, 'tapping')), 'tapping');
    expect(tapping.at(0).readUInt32LE(0)).toBe(0);
    tapping.close();
  } finally {
    await lab.down();
  }
});
