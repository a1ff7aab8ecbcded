import { describe, expect, test } from 'vitest';
import { startDirector } from '../../support/director.ts';
import { weir } from '../../support/weir.ts';

const RULES =
  '-A -t 10.1.1.21:80 -s rr -p 300\n-a -t 10.1.1.21:80 -r 1.1.1.128:80 -m -w 1\n-A -f 7 -6 -s sh -b sh-port\n';

describe('weir list', () => {
  test('shows services with their real servers in walk order', async () => {
    const { socket } = await startDirector();
    expect((await weir(['list'], { socket })).stdout).toBe('no virtual services\n');
    await weir(['restore', '-'], { socket, input: `${RULES}-a -t 10.1.1.21:80 -r 1.1.1.129:8080 -m -w 2\n` });
    expect((await weir(['list'], { socket })).stdout).toBe(
      [
        'tcp 10.1.1.21:80, rr, persistent 300 s, mask 255.255.255.255',
        '  real server     method      weight  active  inactive  connections  in packets  in bytes  out packets  out bytes',
        '  1.1.1.129:8080  masquerade       2       0         0            0           0         0            0          0',
        '  1.1.1.128:80    masquerade       1       0         0            0           0         0            0          0',
        '',
        'fwm 7 inet6, sh, flag-2',
        '  no real servers',
        '',
      ].join('\n'),
    );
  });

  test('as JSON holds table and statistics in one', async () => {
    const { socket } = await startDirector();
    await weir(['restore', '-'], { socket, input: RULES });
    const content = JSON.parse((await weir(['list', '-o', 'json'], { socket })).stdout);
    expect(content).toMatchObject({
      version: 1,
      timeouts: { tcp: 900 },
      services: [
        { scheduler: 'rr', destinations: [{ address: '1.1.1.128', weight: 1, active: 0, counters: { inBytes: '0' } }] },
        { match: { mark: 7, family: 'inet6' }, destinations: [] },
      ],
    });
    expect((await weir(['list', '--json'], { socket })).stdout).toBe(`${JSON.stringify(content, undefined, 2)}\n`);
  });
});
