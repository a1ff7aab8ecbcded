import { rmSync, statSync } from 'node:fs';
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
