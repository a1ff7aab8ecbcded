import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/terminal/exit-codes.ts';
import { startDirector } from '../../support/director.ts';
import { weir } from '../../support/weir.ts';

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
