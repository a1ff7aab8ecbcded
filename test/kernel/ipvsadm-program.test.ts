import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Played } from '../support/golden-cli.ts';
import { RecordedMachine } from '../support/recorded-machine.ts';

const IPVSADM = resolve(import.meta.dirname, '../../bin/ipvsadm');

let machine: RecordedMachine;
let socket: string;

beforeAll(async () => {
  machine = await RecordedMachine.start(`${process.pid}-program`);
  socket = await machine.addDirector();
});

afterAll(async () => {
  await machine.stop();
});

async function ipvsadm(words: string[], stdin = ''): Promise<Played> {
  return await machine.play({ argv: ['ipvsadm', ...words], stdin, stdout: '', stderr: '', exit: 0 }, socket);
}

describe('names that a name server should know', () => {
  let quiet: RecordedMachine;
  let director: string;

  beforeAll(async () => {
    quiet = await RecordedMachine.start(`${process.pid}-names`, {
      'nsswitch.conf': 'hosts: files dns\n',
      'resolv.conf': 'nameserver 127.0.0.1\noptions timeout:30 attempts:5\n',
    });
    director = await quiet.addDirector();
    const server = quiet.spawn([
      process.execPath,
      '-e',
      `require('dgram').createSocket('udp4').bind(53, '127.0.0.1', () => console.log('bound'))`,
    ]);
    await once(server.stdout, 'data');
    stopServer = () => void server.kill('SIGKILL');
  });
  let stopServer = (): void => {};

  afterAll(async () => {
    stopServer();
    await quiet.stop();
  });

  async function timed(...words: string[]): Promise<Played & { seconds: number }> {
    const start = performance.now();
    const played = await quiet.play({ argv: ['ipvsadm', ...words], stdout: '', stderr: '', exit: 0 }, director);
    return { ...played, seconds: (performance.now() - start) / 1000 };
  }

  test('and does not answer for are given up in a command after five seconds', async () => {
    const { seconds, ...refused } = await timed('-A', '-t', 'nosuch.example.test:80');
    expect(refused).toEqual({ stdout: '', stderr: 'illegal virtual server address[:port] specified\n', exit: 2 });
    expect(seconds).toBeGreaterThan(4);
    expect(seconds).toBeLessThan(10);
  });

  test('and does not answer for are given up in a list after two seconds in all', async () => {
    for (let i = 1; i <= 20; i++) await timed('-A', '-t', `10.0.0.${i}:80`);
    const { seconds, stdout } = await timed('-L');
    expect(stdout.split('\n')).toHaveLength(3 + 20 + 1);
    expect(stdout).toContain('TCP  www.example.test:http wlc\n');
    expect(stdout).toContain('TCP  10.0.0.11:http wlc\n');
    expect(seconds).toBeGreaterThan(1.5);
    expect(seconds).toBeLessThan(7);
  });
});

describe('the program ipvsadm', () => {
  test('restores 10,000 lines and lists and saves them', async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => {
      const service = `-t 10.${i >> 8}.${i & 255}.1:80`;
      return `-A ${service} -s rr\n-a ${service} -r 192.168.1.11:80 -m -w 1\n`;
    }).join('');
    expect(await ipvsadm(['-R'], lines)).toEqual({ stdout: '', stderr: '', exit: 0 });
    const saved = await ipvsadm(['-S', '-n']);
    expect(saved.stdout.split('\n').toSorted()).toEqual(lines.split('\n').toSorted());
    const listed = await ipvsadm(['-L', '-n']);
    expect(listed.stdout.split('\n')).toHaveLength(3 + 10_000 + 1);
    expect(await ipvsadm(['-C'])).toEqual({ stdout: '', stderr: '', exit: 0 });
  });

  test('says that no director runs, which socket was tried, and how to start one', async () => {
    const path = join('/nonexistent', 'weir.sock');
    const { exit, stdout, stderr } = await machine.play(
      { argv: ['ipvsadm', '-L', '-n'], stdout: '', stderr: '', exit: 2 },
      path,
    );
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(path);
    expect(stderr).toContain('weir run');
  });

  test('ends as if by SIGPIPE where nobody reads its output', async () => {
    const child = spawn(process.execPath, [IPVSADM, '-h'], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.destroy();
    await once(child, 'exit');
    expect(child.exitCode).toBe(141);
  });

  test('says that its output cannot be written', async () => {
    const child = spawn(process.execPath, [IPVSADM, '-h'], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    await once(child, 'close');
    expect(child.exitCode).toBe(1);
    expect(stderr).toMatch(/^ipvsadm: the output cannot be written: .*ENOSPC/);
  });
});
