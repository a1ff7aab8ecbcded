import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/terminal/exit-codes.ts';
import { packageVersion } from '../../../src/daemon/version.ts';
import { startDirector, temporaryFolder } from '../../support/director.ts';
import { weir } from '../../support/weir.ts';

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
    const printer = new URL('../../../dist/cli/terminal/output.js', import.meta.url);
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
