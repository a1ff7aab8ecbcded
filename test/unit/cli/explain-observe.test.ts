import { describe, expect, onTestFinished, test } from 'vitest';
import { EXIT } from '../../../src/cli/terminal/exit-codes.ts';
import { ModelEngine } from '../../../src/engine/model/engine.ts';
import { packet } from '../../../src/net/packet.ts';
import { startDirector } from '../../support/director.ts';
import { weir } from '../../support/weir.ts';

describe('weir explain and weir observe', () => {
  const surroundings = {
    interfaces: { eth0: { mac: '02:00:00:00:00:01', mtu: 1500, addresses: ['10.1.1.21/24', '1.1.1.1/24'] } },
    routes: [],
    neighbours: [{ dev: 'eth0', addr: '1.1.1.128', mac: '02:00:00:00:00:02' }],
  };

  async function director() {
    const engine = new ModelEngine({ surroundings, clock: () => 1_000 });
    const { socket } = await startDirector({ engine });
    await weir(['restore', '-'], {
      socket,
      input: '-A -t 10.1.1.21:80 -s wlc\n-a -t 10.1.1.21:80 -r 1.1.1.128:8080 -m -w 2\n',
    });
    return { socket, engine };
  }

  test('an explanation tells each decision in words, and the verdict', async () => {
    const { socket, engine } = await director();
    expect((await weir(['explain', '10.1.1.9:4000', '10.1.1.21:80'], { socket })).stdout).toBe(
      [
        '  connection: none yet',
        '  virtual service: tcp 10.1.1.21:80',
        '  candidates of wlc, in walk order:',
        '    1.1.1.128:8080  weight 2, active 0, inactive 0',
        '  choice: 1.1.1.128:8080',
        '  state: NONE becomes SYN_RECV',
        '  route to 1.1.1.128: eth0, MTU 1500',
        '  ttl: 64 becomes 63',
        '  destination: 10.1.1.21:80 becomes 1.1.1.128:8080',
        '  leaves by eth0: 54 bytes with the Ethernet header',
        'forward: masqueraded. Sent to the real server with its address and port in place of the virtual ones.',
        '',
      ].join('\n'),
    );
    expect(engine.director.used, 'nothing is changed').toBe(0);
  });

  test('an explanation as JSON, of another packet', async () => {
    const { socket } = await director();
    const words = ['explain', '10.1.1.9', '10.1.1.21:53', '--proto', 'udp', '-o', 'json'];
    expect(JSON.parse((await weir(words, { socket })).stdout)).toMatchObject({ action: 'pass', reason: 'no-service' });
  });

  test.each([
    [['explain', '10.1.1.9', '10.1.1.21'], EXIT.usage, 'a packet is sent to a port'],
    [['explain', 'x', '10.1.1.21:80'], EXIT.usage, 'neither an address'],
    [['explain', '::1', '10.1.1.21:80'], EXIT.usage, 'both addresses must be of one family'],
    [['explain', '10.1.1.9', '10.1.1.21:80', '--flags', 'x'], EXIT.usage, 'these are no TCP flags'],
    [['explain', '10.1.1.9', '10.1.1.21:80', '--interface', 'eth9'], EXIT.failed, 'has no interface eth9'],
    [['observe', '--client', 'x'], EXIT.usage, 'neither an address'],
    [['observe', '--kinds', 'births'], EXIT.failed, 'the query is not well formed'],
    [['observe', '--sample', '0'], EXIT.usage, 'Expected a whole number from 1'],
    [['observe', '--signals', '--client', '10.1.1.9'], EXIT.usage, 'cannot be used with'],
    [['observe', '--signals', '--service', 'x'], EXIT.usage, 'neither an address'],
  ])('refuse %j', async (words, code, message) => {
    const { socket } = await director();
    const answer = await weir(words, { socket });
    expect(answer).toMatchObject({ code, stdout: '' });
    expect(answer.stderr).toContain(message);
  });

  test('observing tells connections and drops as they come, filtered', async () => {
    const { socket, engine } = await director();
    const frame = (source: number, port: number) =>
      packet({
        eth: { destination: '02:00:00:00:00:01' },
        ip: { source: '10.1.1.9', destination: '10.1.1.21' },
        tcp: { source, destination: port, flags: 'S' },
      });
    let next = 5000;
    const traffic = setInterval(() => engine.director.receive(frame(next++, 80), 'eth0'), 50);
    onTestFinished(() => clearInterval(traffic));

    const text = weir(['observe', '--client', '10.1.1.9', '--service', '10.1.1.21:80', '--count', '1'], { socket });
    const json = weir(['observe', '--kinds', 'new', '--count', '2', '-o', 'json'], { socket });

    expect((await text).stdout).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3}  new      tcp 10\.1\.1\.9:\d+ > 10\.1\.1\.21:80 > 1\.1\.1\.128:8080\n$/u,
    );
    const events = (await json).stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({ kind: 'new', at: 1000, connection: { protocol: 'tcp' } });
  });

  test('observing signals tells what was noticed of a real server since the last time', async () => {
    const { socket, engine } = await director();
    const seen = { eth: { destination: '02:00:00:00:00:01' }, ip: { source: '10.1.1.9', destination: '10.1.1.21' } };
    const from = (source: number, flags: string) =>
      engine.director.receive(packet({ ...seen, tcp: { source, destination: 80, flags } }), 'eth0');
    from(4999, 'S');
    let next = 5000;
    const traffic = setInterval(() => {
      from(next, 'S');
      from(next++, 'S');
    }, 100);
    onTestFinished(() => clearInterval(traffic));

    const words = ['observe', '--signals', '--every', '1', '--count', '2', '--service', '10.1.1.21'];
    const [text, json] = await Promise.all([weir(words, { socket }), weir([...words, '-o', 'json'], { socket })]);

    const line =
      /^\d\d:\d\d:\d\d\.\d{3} {2}tcp 10\.1\.1\.21:80 > 1\.1\.1\.128:8080 {2}handshakes (\d+), completed 0 \(0 %\), open since (\d+), SYN again \1, answered 0 \(0 %\)$/u;
    const [first, second] = text.stdout
      .trimEnd()
      .split('\n')
      .map((one) => line.exec(one)?.slice(1).map(Number));
    // Those begun since the last line, and all that are still open.
    expect(second?.[1]).toBe((first?.[1] ?? 0) + (second?.[0] ?? 0));
    expect(JSON.parse(json.stdout.split('\n')[0]!)).toMatchObject({
      kind: 'signals',
      service: { protocol: 'tcp', address: '10.1.1.21', port: 80 },
      destination: { address: '1.1.1.128', port: 8080, method: 'masquerade' },
      signals: { completed: 0, icmp: { port: 0 } },
    });
  });
});
