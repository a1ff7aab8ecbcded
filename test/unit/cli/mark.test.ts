import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/terminal/exit-codes.ts';
import { startDirector } from '../../support/director.ts';
import { weir } from '../../support/weir.ts';

describe('weir mark', () => {
  test('adds, lists, removes, and saves with the rules', async () => {
    const { socket, engine } = await startDirector();
    expect(await weir(['mark', 'list'], { socket })).toMatchObject({ code: EXIT.ok, stdout: 'no marks\n' });
    await weir(['mark', 'add', '7', 'tcp', '10.1.1.21:443'], { socket });
    await weir(['mark', 'add', '7', 'udp', '2001:db8::1'], { socket });
    await weir(['mark', 'add', '7', 'icmp', '2001:db8::1'], { socket });
    expect((await weir(['mark', 'list'], { socket })).stdout).toBe(
      'mark  packets to\n   7  tcp 10.1.1.21:443\n   7  udp 2001:db8::1\n   7  icmp 2001:db8::1\n',
    );
    const saved = (await weir(['save', '-'], { socket })).stdout;
    expect(saved).toContain('mark add 7 tcp 10.1.1.21:443\nmark add 7 icmp 2001:db8::1\nmark add 7 udp 2001:db8::1\n');

    await weir(['mark', 'remove', 'tcp', '10.1.1.21:443'], { socket });
    await weir(['mark', 'remove', 'icmp', '2001:db8::1'], { socket });
    expect(JSON.parse((await weir(['mark', 'list', '--json'], { socket })).stdout)).toEqual([
      { mark: 7, match: { protocol: 'udp', address: '2001:db8::1', port: 0 } },
    ]);

    expect((await weir(['restore', '-', '--dry-run'], { socket, input: saved })).stdout).toBe(
      'mark add 7 tcp 10.1.1.21:443\nmark add 7 icmp 2001:db8::1\n',
    );
    await weir(['restore', '-'], { socket, input: saved });
    expect((await engine.table()).marks).toHaveLength(3);
  });

  test.each([
    [['add', '0', 'tcp', '10.1.1.21:80'], EXIT.failed, 'the mark of the rule is out of range'],
    [['add', 'x', 'tcp', '10.1.1.21:80'], EXIT.usage, 'a firewall mark cannot be read'],
    [['add', '7', 'igmp', '10.1.1.21'], EXIT.usage, 'expected: tcp, udp, sctp, icmp'],
    [['add', '7', 'icmp', '10.1.1.21:80'], EXIT.failed, 'the port of the rule is out of range'],
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
