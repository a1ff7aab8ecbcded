import { spawn } from 'node:child_process';
import { text as textOf } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/terminal/exit-codes.ts';
import type { Connection } from '../../../src/engine/engine.ts';
import { ModelEngine } from '../../../src/engine/model/engine.ts';
import { startDirector } from '../../support/director.ts';
import { weir } from '../../support/weir.ts';

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
