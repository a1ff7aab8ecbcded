import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/terminal/exit-codes.ts';
import { ModelEngine } from '../../../src/engine/model/engine.ts';
import { CONTEXT } from '../../support/arbitrary-table.ts';
import { startDirector } from '../../support/director.ts';
import { weir } from '../../support/weir.ts';

const RULES =
  '-A -t 10.1.1.21:80 -s rr -p 300\n-a -t 10.1.1.21:80 -r 1.1.1.128:80 -m -w 1\n-A -f 7 -6 -s sh -b sh-port\n';

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
