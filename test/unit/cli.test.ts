import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EXIT } from '../../src/cli/terminal/exit-codes.ts';
import { packageVersion } from '../../src/daemon/version.ts';
import type { Connection } from '../../src/engine/engine.ts';
import { ModelEngine } from '../../src/engine/model/engine.ts';
import { packet } from '../../src/net/packet.ts';
import { CONTEXT } from '../support/arbitrary-table.ts';
import { startDirector, temporaryFolder } from '../support/director.ts';
import { weir } from '../support/weir.ts';

const RULES =
  '-A -t 10.1.1.21:80 -s rr -p 300\n-a -t 10.1.1.21:80 -r 1.1.1.128:80 -m -w 1\n-A -f 7 -6 -s sh -b sh-port\n';

describe('weir', () => {
  test('prints its version', async () => {
    for (const word of ['--version', '-V']) {
      expect(await weir([word])).toMatchObject({ code: EXIT.ok, stdout: `${packageVersion()}\n`, stderr: '' });
    }
  });

  test('lists its commands when asked for help, and when called without a word', async () => {
    const help = await weir(['help']);
    expect(help.code).toBe(EXIT.ok);
    for (const name of ['run', 'status', 'list', 'connections', 'save', 'restore', 'lab', 'ipvsadm']) {
      expect(help.stdout).toMatch(new RegExp(`^  ${name} `, 'mu'));
    }
    expect((await weir([])).stdout).toBe(help.stdout);
  });

  test('a reader that goes away while more is written than a pipe holds is no error', async () => {
    const printer = new URL('../../dist/cli/terminal/output.js', import.meta.url);
    const script = `
      import { print } from ${JSON.stringify(printer.href)};
      process.stdout.on('error', () => {});
      for (let count = 0; count < 3; count++) await print('x'.repeat(1 << 20));
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.once('data', () => child.stdout.destroy());
    const [stderr, code] = await Promise.all([
      textOf(child.stderr),
      new Promise<number | null>((resolve) => child.on('exit', resolve)),
    ]);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });

  test('explains each command', async () => {
    const { code, stdout } = await weir(['help', 'run']);
    expect(code).toBe(EXIT.ok);
    for (const option of ['--engine', '--socket', '--state', '--interface', '--hook', '--keep', '--connections']) {
      expect(stdout).toContain(option);
    }
    expect((await weir(['run', '--help'])).stdout).toBe(stdout);
  });

  test.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['staus'], '(Did you mean status?)'],
    [['status', '--frobnicate'], "unknown option '--frobnicate'"],
    [['status', 'x'], 'too many arguments'],
    [['run', '--engine', 'magic'], 'Allowed choices are ebpf, model'],
    [['run', '--hook', 'iptables'], 'Allowed choices are auto, tc, xdp'],
    [['run', '--connections', '12'], 'Expected a whole number from 1024'],
    [['run', '--connections', '1e6'], 'Expected a whole number'],
    [['run', '--interface', 'eth0,,eth1'], 'Expected names of interfaces'],
    [['run', '--socket'], 'argument missing'],
    [['list', '-o', 'xml'], 'Allowed choices are table, json'],
  ])('refuses the command line %j', async (words, message) => {
    const { code, stdout, stderr } = await weir(words);
    expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^weir: /u);
  });

  test.each([
    [['status']],
    [['list']],
    [['connections']],
    [['save']],
    [['save', 'x']],
    [['restore']],
    [['restore', '-']],
  ])('%j without a director says how to start one', async (words) => {
    const socket = join(await temporaryFolder(), 'weir.sock');
    const { code, stdout, stderr } = await weir(words, { socket });
    expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: '' });
    expect(stderr).toContain(`where: ${socket}`);
    expect(stderr).toContain('weir run');
  });

  test('finds the director by --socket rather than by WEIR_SOCKET', async () => {
    const { socket } = await startDirector();
    expect((await weir(['status', '--socket', socket], { socket: '/nowhere' })).stdout).toContain(socket);
  });
});

describe('weir status', () => {
  test('labels every fact, and counts packets by reason, the most frequent first', async () => {
    const reasons = [
      { reason: 'no-service', verdict: 'pass', packets: 12n },
      { reason: 'masquerade', verdict: 'forward', packets: 34_567n },
    ] as const;
    const status = async () => ({
      engine: 'model',
      facts: [{ name: 'hook', value: 'tc on eth0' }],
      connections: { used: 3, size: 1024 },
      reasons: [...reasons],
      faults: [],
    });
    const { socket } = await startDirector({ engine: Object.assign(new ModelEngine(), { status }) });
    const lines = (await weir(['status'], { socket })).stdout.split('\n');
    expect(lines).toContain('hook         tc on eth0');
    expect(lines).toContain('connections  3 of 1024');
    expect(lines.slice(-4)).toEqual([
      'packets  verdict  reason',
      '  34567  forward  masquerade',
      '     12  pass     no-service',
      '',
    ]);
    expect(JSON.parse((await weir(['status', '--json'], { socket })).stdout).reasons[1].packets).toBe('34567');
  });
});

describe('weir list', () => {
  test('shows services with their real servers in walk order', async () => {
    const { socket } = await startDirector();
    expect((await weir(['list'], { socket })).stdout).toBe('no virtual services\n');
    await weir(['restore', '-'], { socket, input: `${RULES}-a -t 10.1.1.21:80 -r 1.1.1.129:8080 -m -w 2\n` });
    expect((await weir(['list'], { socket })).stdout).toBe(
      [
        'tcp 10.1.1.21:80, rr, persistent 300 s, mask 255.255.255.255',
        '  real server     method      weight  active  inactive  connections  in packets  in bytes  out packets  out bytes',
        '  1.1.1.129:8080  masquerade       2       0         0            0           0         0            0          0',
        '  1.1.1.128:80    masquerade       1       0         0            0           0         0            0          0',
        '',
        'fwm 7 inet6, sh, flag-2',
        '  no real servers',
        '',
      ].join('\n'),
    );
  });

  test('as JSON holds table and statistics in one', async () => {
    const { socket } = await startDirector();
    await weir(['restore', '-'], { socket, input: RULES });
    const content = JSON.parse((await weir(['list', '-o', 'json'], { socket })).stdout);
    expect(content).toMatchObject({
      version: 1,
      timeouts: { tcp: 900 },
      services: [
        { scheduler: 'rr', destinations: [{ address: '1.1.1.128', weight: 1, active: 0, counters: { inBytes: '0' } }] },
        { match: { mark: 7, family: 'inet6' }, destinations: [] },
      ],
    });
    expect((await weir(['list', '--json'], { socket })).stdout).toBe(`${JSON.stringify(content, undefined, 2)}\n`);
  });
});

describe('weir connections', () => {
  const connections: Connection[] = [
    connection('10.1.1.100', 40_000, '1.1.1.128', 'ESTABLISHED', 899_999),
    connection('10.1.1.101', 40_001, '1.1.1.129', 'SYN_RECV', 59_000),
    { ...connection('10.1.1.101', 0, '1.1.1.129', 'NONE', 300_000), template: true },
  ];

  async function director(): Promise<string> {
    async function* all(): AsyncGenerator<Connection> {
      yield* connections;
    }
    return (await startDirector({ engine: Object.assign(new ModelEngine(), { connections: all }) })).socket;
  }

  test('lists them with whole seconds', async () => {
    expect((await weir(['connections'], { socket: await director() })).stdout).toBe(
      [
        'proto    expires  state             client                 virtual                real server',
        'tcp        899 s  ESTABLISHED       10.1.1.100:40000       10.1.1.21:80           1.1.1.128:80',
        'tcp         59 s  SYN_RECV          10.1.1.101:40001       10.1.1.21:80           1.1.1.129:80',
        'tcp        300 s  NONE template     10.1.1.101:0           10.1.1.21:80           1.1.1.129:80',
        '',
      ].join('\n'),
    );
  });

  test.each([
    [
      ['--client', '10.1.1.101'],
      [1, 2],
    ],
    [['--client', '10.1.1.101:40001'], [1]],
    [['--real-server', '1.1.1.128:80'], [0]],
    [
      ['--service', '10.1.1.21:80', '--state', 'established,syn_recv'],
      [0, 1],
    ],
    [['--service', '[2001:db8::1]:80'], []],
  ])('picks out those with %j', async (words, expected) => {
    const { stdout } = await weir(['connections', '--json', ...words], { socket: await director() });
    const lines = stdout.split('\n').filter((line) => line !== '');
    expect(lines.map((line) => JSON.parse(line))).toEqual(expected.map((index) => connections[index]));
  });

  test.each(['web1', '10.1.1.300', '10.1.1.1:70000', '2001:db8::1:80:'])('refuses %j as an address', async (text) => {
    const { code, stderr } = await weir(['connections', '--client', text], { socket: await director() });
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain(`found: ${text}`);
  });

  test('refuses a state that does not exist, and names those that do', async () => {
    const { code, stdout, stderr } = await weir(['connections', '--state', 'ESTABLISHED,synrecv'], {
      socket: await director(),
    });
    expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: '' });
    expect(stderr).toContain('found: SYNRECV');
    expect(stderr).toMatch(/expected: .*\bSYN_RECV\b/u);
  });

  test('ends quietly when its reader has seen enough', async () => {
    async function* endless(): AsyncGenerator<Connection> {
      for (;;) yield connections[0]!;
    }
    const { socket } = await startDirector({ engine: Object.assign(new ModelEngine(), { connections: endless }) });
    const command = `"${process.execPath}" bin/weir connections --socket "${socket}" | head -n 3; echo "\${PIPESTATUS[0]}"`;
    const shell = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr] = await Promise.all([textOf(shell.stdout), textOf(shell.stderr)]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(4);
    expect(stdout.endsWith('\n0\n')).toBe(true);
    expect(stderr).toBe('');
  });
});

describe('weir restore', () => {
  test('prints as a dry run what it would do, in the words of ipvsadm, and does nothing', async () => {
    const { socket, engine } = await startDirector({ engine: new ModelEngine({ context: CONTEXT }) });
    await weir(['restore', '-'], { socket, input: RULES });
    const input = '--set 0 0 60\n-A -t 10.1.1.21:80 -s wrr -p 300\n-a -t 10.1.1.21:80 -r 1.1.1.129:80 -m\n';
    expect((await weir(['restore', '--dry-run', '-'], { socket, input })).stdout).toBe(
      [
        '-D -f 7 -6',
        '-E -t 10.1.1.21:80 -s wrr -p 300',
        '-d -t 10.1.1.21:80 -r 1.1.1.128:80',
        '-a -t 10.1.1.21:80 -r 1.1.1.129:80 -m -w 1',
        '--set 900 120 60',
        '',
      ].join('\n'),
    );
    expect((await engine.table()).version).toBe(1);
    expect((await weir(['restore', '--dry-run', '-'], { socket, input: RULES })).stdout).toBe('# nothing differs\n');
  });

  test('refuses as a dry run what the engine would refuse', async () => {
    const { socket, engine } = await startDirector({ engine: new ModelEngine({ context: CONTEXT }) });
    const input = '-A -t 10.1.1.21:80 -s rr\n-A -t 10.1.1.22:80 -s nosuch\n';
    const dry = await weir(['restore', '--dry-run', '-'], { socket, input });
    expect(dry).toMatchObject({ code: EXIT.failed, stdout: '' });
    expect(dry.stderr).toContain('where: -A -t 10.1.1.22:80 -s nosuch\n');
    expect(dry).toEqual(await weir(['restore', '-'], { socket, input }));
    expect((await engine.table()).version).toBe(0);
  });

  test('refuses a fault in the rules as a whole, and names the line', async () => {
    const { socket, engine } = await startDirector();
    const { code, stderr } = await weir(['restore', '-'], {
      socket,
      input: `${RULES}# here:\n-a -t 10.1.1.21:80 -r x.invalid.:80\n`,
    });
    expect(code).toBe(EXIT.failed);
    expect(stderr).toContain('where: standard input:5\n');
    expect((await engine.table()).version).toBe(0);
  });

  test('takes the names of hosts and ports that `ipvsadm -S` without -n writes', async () => {
    const { socket } = await startDirector();
    const input = '-A -t localhost:http -s rr\n-a -t localhost:http -r localhost:http-alt -m\n';
    await weir(['restore', '-'], { socket, input });
    expect((await weir(['save', '-'], { socket })).stdout).toContain(
      '-A -t 127.0.0.1:80 -s rr\n-a -t 127.0.0.1:80 -r 127.0.0.1:8080 -m -w 1\n',
    );
  });

  test('from a file that is not there says so', async () => {
    const { socket } = await startDirector();
    const { code, stderr } = await weir(['restore', '/nowhere/rules'], { socket });
    expect(code).toBe(EXIT.failed);
    expect(stderr).toContain('where: /nowhere/rules');
  });
});

describe('weir mark', () => {
  test('adds, lists, removes, and saves with the rules', async () => {
    const { socket, engine } = await startDirector();
    expect(await weir(['mark', 'list'], { socket })).toMatchObject({ code: EXIT.ok, stdout: 'no marks\n' });
    await weir(['mark', 'add', '7', 'tcp', '10.1.1.21:443'], { socket });
    await weir(['mark', 'add', '7', 'udp', '2001:db8::1'], { socket });
    expect((await weir(['mark', 'list'], { socket })).stdout).toBe(
      'mark  packets to\n   7  tcp 10.1.1.21:443\n   7  udp 2001:db8::1\n',
    );
    const saved = (await weir(['save', '-'], { socket })).stdout;
    expect(saved).toContain('mark add 7 tcp 10.1.1.21:443\nmark add 7 udp 2001:db8::1\n');

    await weir(['mark', 'remove', 'tcp', '10.1.1.21:443'], { socket });
    expect(JSON.parse((await weir(['mark', 'list', '--json'], { socket })).stdout)).toEqual([
      { mark: 7, match: { protocol: 'udp', address: '2001:db8::1', port: 0 } },
    ]);

    expect((await weir(['restore', '-', '--dry-run'], { socket, input: saved })).stdout).toBe(
      'mark add 7 tcp 10.1.1.21:443\n',
    );
    await weir(['restore', '-'], { socket, input: saved });
    expect((await engine.table()).marks).toHaveLength(2);
  });

  test.each([
    [['add', '0', 'tcp', '10.1.1.21:80'], EXIT.failed, 'the mark of the rule is out of range'],
    [['add', 'x', 'tcp', '10.1.1.21:80'], EXIT.usage, 'a firewall mark cannot be read'],
    [['add', '7', 'icmp', '10.1.1.21'], EXIT.usage, 'expected: tcp, udp, sctp'],
    [['add', '7', 'tcp', '10.1.1.300:80'], EXIT.usage, 'neither an address'],
    [['add', '7', 'tcp'], EXIT.usage, "missing required argument 'address'"],
    [['remove', 'tcp', '10.1.1.21:80'], EXIT.failed, 'tcp 10.1.1.21:80 has no mark'],
  ])('refuses %j', async (words, code, message) => {
    const { socket, engine } = await startDirector();
    const answer = await weir(['mark', ...words], { socket });
    expect(answer).toMatchObject({ code, stdout: '' });
    expect(answer.stderr).toContain(message);
    expect((await engine.table()).version).toBe(0);
  });
});

describe('weir source and weir rule', () => {
  test('make a real server of full NAT, which lists, saves and restores', async () => {
    const { socket, engine } = await startDirector();
    const rule = '-a -t 10.1.1.21:80 -r 1.1.1.128:8080 --full-nat -w 3';
    await weir(['rule', '-A', '-t', '10.1.1.21:80', '-s', 'rr'], { socket });
    const early = await weir(['rule', ...rule.split(' ')], { socket });
    expect(early).toMatchObject({ code: EXIT.failed, stdout: '' });
    expect(early.stderr).toContain('fix: add an address of the director first with `weir source add ADDRESS`');

    expect((await weir(['source', 'list'], { socket })).stdout).toBe('no sources\n');
    await weir(['source', 'add', '1.1.1.1', '--ports', '5000-6000'], { socket });
    expect(await weir(['rule', ...rule.split(' ')], { socket })).toMatchObject({ code: EXIT.ok, stderr: '' });
    expect((await weir(['source', 'list'], { socket })).stdout).toBe('source   ports\n1.1.1.1  5000-6000\n');
    expect((await weir(['ipvsadm', '-L', '-n'], { socket })).stdout).toContain(
      '  -> 1.1.1.128:8080               FullNat 3      0          0         \n',
    );

    const saved = (await weir(['save', '-'], { socket })).stdout;
    expect(saved).toContain(`source add 1.1.1.1 5000-6000\n-A -t 10.1.1.21:80 -s rr\n${rule}\n`);
    const used = await weir(['source', 'remove', '1.1.1.1'], { socket });
    expect(used.stderr).toContain('is the only source that full NAT has');

    await weir(['restore', '-'], { socket, input: '# nothing\n' });
    expect((await engine.table()).sources).toEqual([]);
    await weir(['restore', '-'], { socket, input: saved });
    expect((await weir(['save', '-'], { socket })).stdout).toBe(saved);
  });

  test.each([
    [['rule', '-L', '-n'], EXIT.usage, 'this command changes no rules'],
    [['rule', '-A', '-t', '10.0.0.1', '-s', 'rr'], EXIT.usage, 'the rule cannot be read'],
    [['rule'], EXIT.usage, "missing required argument 'words'"],
    [['source', 'add', 'x'], EXIT.usage, 'an address cannot be read'],
    [['source', 'add', '1.1.1.1', '--ports', '9-8'], EXIT.failed, 'the last port of the source is not accepted'],
  ])('refuse %j', async (words, code, message) => {
    const { socket } = await startDirector();
    const answer = await weir(words, { socket });
    expect(answer).toMatchObject({ code, stdout: '' });
    expect(answer.stderr).toContain(message);
  });
});

describe('weir explain and weir observe', () => {
  const surroundings = {
    interfaces: { eth0: { mac: '02:00:00:00:00:01', mtu: 1500, addresses: ['10.1.1.21/24', '1.1.1.1/24'] } },
    routes: [],
    neighbours: [{ dev: 'eth0', addr: '1.1.1.128', mac: '02:00:00:00:00:02' }],
  };

  async function director() {
    const engine = new ModelEngine({ surroundings, clock: () => 1_000 });
    const { socket } = await startDirector({ engine });
    await weir(['restore', '-'], {
      socket,
      input: '-A -t 10.1.1.21:80 -s wlc\n-a -t 10.1.1.21:80 -r 1.1.1.128:8080 -m -w 2\n',
    });
    return { socket, engine };
  }

  test('an explanation tells each decision in words, and the verdict', async () => {
    const { socket, engine } = await director();
    expect((await weir(['explain', '10.1.1.9:4000', '10.1.1.21:80'], { socket })).stdout).toBe(
      [
        '  connection: none yet',
        '  virtual service: tcp 10.1.1.21:80',
        '  candidates of wlc, in walk order:',
        '    1.1.1.128:8080  weight 2, active 0, inactive 0',
        '  choice: 1.1.1.128:8080',
        '  state: NONE becomes SYN_RECV',
        '  route to 1.1.1.128: eth0, MTU 1500',
        '  ttl: 64 becomes 63',
        '  destination: 10.1.1.21:80 becomes 1.1.1.128:8080',
        '  leaves by eth0: 54 bytes with the Ethernet header',
        'forward: masqueraded. Sent to the real server with its address and port in place of the virtual ones.',
        '',
      ].join('\n'),
    );
    expect(engine.director.used, 'nothing is changed').toBe(0);
  });

  test('an explanation as JSON, of another packet', async () => {
    const { socket } = await director();
    const words = ['explain', '10.1.1.9', '10.1.1.21:53', '--proto', 'udp', '-o', 'json'];
    expect(JSON.parse((await weir(words, { socket })).stdout)).toMatchObject({ action: 'pass', reason: 'no-service' });
  });

  test.each([
    [['explain', '10.1.1.9', '10.1.1.21'], EXIT.usage, 'a packet is sent to a port'],
    [['explain', 'x', '10.1.1.21:80'], EXIT.usage, 'neither an address'],
    [['explain', '::1', '10.1.1.21:80'], EXIT.usage, 'both addresses must be of one family'],
    [['explain', '10.1.1.9', '10.1.1.21:80', '--flags', 'x'], EXIT.usage, 'these are no TCP flags'],
    [['explain', '10.1.1.9', '10.1.1.21:80', '--interface', 'eth9'], EXIT.failed, 'has no interface eth9'],
    [['observe', '--client', 'x'], EXIT.usage, 'neither an address'],
    [['observe', '--kinds', 'births'], EXIT.failed, 'the query is not well formed'],
    [['observe', '--sample', '0'], EXIT.usage, 'Expected a whole number from 1'],
  ])('refuse %j', async (words, code, message) => {
    const { socket } = await director();
    const answer = await weir(words, { socket });
    expect(answer).toMatchObject({ code, stdout: '' });
    expect(answer.stderr).toContain(message);
  });

  test('observing tells connections and drops as they come, filtered', async () => {
    const { socket, engine } = await director();
    const frame = (source: number, port: number) =>
      packet({
        eth: { destination: '02:00:00:00:00:01' },
        ip: { source: '10.1.1.9', destination: '10.1.1.21' },
        tcp: { source, destination: port, flags: 'S' },
      });
    let next = 5000;
    const traffic = setInterval(() => engine.director.receive(frame(next++, 80), 'eth0'), 50);
    onTestFinished(() => clearInterval(traffic));

    const text = weir(['observe', '--client', '10.1.1.9', '--service', '10.1.1.21:80', '--count', '1'], { socket });
    const json = weir(['observe', '--kinds', 'new', '--count', '2', '-o', 'json'], { socket });

    expect((await text).stdout).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3}  new      tcp 10\.1\.1\.9:\d+ > 10\.1\.1\.21:80 > 1\.1\.1\.128:8080\n$/u,
    );
    const events = (await json).stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({ kind: 'new', at: 1000, connection: { protocol: 'tcp' } });
  });
});

describe('weir set', () => {
  test('lists what there is, sets all or nothing, and saves with the rules', async () => {
    const { socket } = await startDirector();
    expect((await weir(['set'], { socket })).stdout).toMatch(/^conn_reuse_mode +1 +1 +when /mu);
    expect(await weir(['set', 'sloppy_tcp=1', 'net.ipv4.vs.am_droprate=5'], { socket })).toMatchObject({
      code: EXIT.ok,
    });
    const refused = await weir(['set', 'sloppy_sctp=1', 'sloppy_tcp=7'], { socket });
    expect(refused.code).toBe(EXIT.failed);
    expect(refused.stderr).toContain('expected: a whole number from 0 to 1');

    const { stdout } = await weir(['set', '--json'], { socket });
    expect(JSON.parse(stdout)).toMatchObject({ sloppy_tcp: 1, am_droprate: 5, sloppy_sctp: 0 });
    const saved = (await weir(['save', '-'], { socket })).stdout;
    expect(saved).toContain('\nset am_droprate=5\nset sloppy_tcp=1\n');
    expect((await weir(['restore', '-', '--dry-run'], { socket, input: '# nothing\n' })).stdout).toBe(
      'set am_droprate=10 sloppy_tcp=0\n',
    );
  });

  test.each([
    ['nonsense=1', 'there is no setting nonsense'],
    ['sloppy_tcp', 'expected: NAME=VALUE'],
  ])('refuses %s', async (word, message) => {
    const { socket } = await startDirector();
    expect((await weir(['set', word], { socket })).stderr).toContain(message);
  });
});

function connection(client: string, port: number, server: string, state: string, expires: number): Connection {
  return {
    protocol: 'tcp',
    state,
    expires,
    client: { address: client, port },
    virtual: { address: '10.1.1.21', port: 80 },
    destination: { address: server, port: 80 },
    template: false,
  };
}
