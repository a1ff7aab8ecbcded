import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/terminal/exit-codes.ts';
import { startDirector } from '../../support/director.ts';
import { weir } from '../../support/weir.ts';

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
