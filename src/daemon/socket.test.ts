import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ask, temporaryFolder } from '../../test/support/director.ts';
import { claimSocket } from './socket.ts';

test('the socket is open to its owner and group only, in a folder that is made', async () => {
  const path = join(await temporaryFolder(), 'a', 'b', 'weir.sock');
  await claimSocket(server(), path);
  expect(statSync(path).isSocket()).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o660);
});

test('a socket on which somebody answers is refused, and goes on answering', async () => {
  const path = join(await temporaryFolder(), 'weir.sock');
  await claimSocket(server('first'), path);
  await expect(claimSocket(server('second'), path)).rejects.toMatchObject({ code: 'DAEMON_RUNNING', where: path });
  expect((await ask(path, '/')).text).toBe('first');
});

test('a socket whose process is dead is taken over', async () => {
  const path = join(await temporaryFolder(), 'weir.sock');
  leaveDeadSocket(path);
  expect(existsSync(path)).toBe(true);
  await claimSocket(server('new'), path);
  expect((await ask(path, '/')).text).toBe('new');
});

test('of many that take over a dead socket at once exactly one gets it', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'weir.sock');
  for (let round = 0; round < 20; round++) {
    leaveDeadSocket(path);
    const servers = ['a', 'b', 'c', 'd', 'e'].map(server);
    const outcomes = await Promise.allSettled(servers.map((one) => claimSocket(one, path)));
    const winners = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? servers[index] : []));
    expect(winners).toHaveLength(1);
    expect((await ask(path, '/')).status).toBe(200);
    for (const one of winners) {
      one?.close();
      if (one) await once(one, 'close');
    }
  }
  expect(readdirSync(folder)).toEqual([]);
}, 60_000);

test('a file in the place of the socket is left alone', async () => {
  const path = join(await temporaryFolder(), 'weir.sock');
  writeFileSync(path, 'precious');
  await expect(claimSocket(server(), path)).rejects.toMatchObject({ code: 'USAGE', where: path });
  expect(statSync(path).isFile()).toBe(true);
});

test('a path that a socket cannot have is refused, not cut', async () => {
  const path = join(await temporaryFolder(), 'x'.repeat(120));
  await expect(claimSocket(server(), path)).rejects.toMatchObject({ code: 'USAGE', expected: 'at most 107 bytes' });
});

test('a folder that cannot be made is a clear error', async () => {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  await expect(claimSocket(server(), join(folder, 'file', 'weir.sock'))).rejects.toMatchObject({ code: 'USAGE' });
});

function server(text = 'weir'): Server {
  const made = createServer((_request, response) => void response.end(text));
  onTestFinished(() => void made.close());
  return made;
}

/** A process that listens and is killed leaves its socket behind. */
function leaveDeadSocket(path: string): void {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
}
