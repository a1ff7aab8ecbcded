import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { ask, startDirector } from '../../test/support/director.ts';

test.each(['the socket', 'its whole folder'])(
  '%s is removed: it is there again, open to the same users',
  async (what) => {
    const { socket, log } = await startDirector();
    rmSync(what === 'the socket' ? socket : dirname(socket), { recursive: true });
    await expect.poll(() => statSync(socket, { throwIfNoEntry: false })?.mode, { timeout: 5000 }).toBeDefined();
    expect(statSync(socket).mode & 0o777).toBe(0o660);
    const { faults } = JSON.parse((await ask(socket, '/v1/status')).text) as { faults: unknown };
    expect(faults).toEqual([{ fault: 'socket-removed', count: 1 }]);
    expect(log).toContainEqual(expect.objectContaining({ level: 'warn', facts: { fault: 'socket-removed', socket } }));
  },
);

test.each(['file', 'folder'])(
  'a %s in its place is said, and the socket is there again when it is gone',
  async (what) => {
    const { socket, log } = await startDirector();
    rmSync(socket);
    if (what === 'file') writeFileSync(socket, '');
    else mkdirSync(socket);
    const said = () => log.filter(({ level }) => level === 'error').map(({ facts }) => facts);
    await expect.poll(said, { timeout: 5000 }).toMatchObject([{ fault: 'socket-removed', err: { where: socket } }]);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(said()).toHaveLength(1);
    await expect(ask(socket, '/v1/status')).rejects.toThrow();

    rmSync(socket, { recursive: true });
    await expect.poll(() => statSync(socket, { throwIfNoEntry: false })?.isSocket(), { timeout: 5000 }).toBe(true);
    const { faults } = JSON.parse((await ask(socket, '/v1/status')).text) as { faults: unknown };
    expect(faults).toEqual([{ fault: 'socket-removed', count: 1 }]);
  },
);
