import { describe, expect, test } from 'vitest';
import { EXIT } from '../../src/cli/terminal/exit-codes.ts';
import { weir } from '../support/weir.ts';

describe('weir lab up --engine sim', () => {
  test('says what clients see, who answers for the VIP, and the ways of packets', async () => {
    const { code, stdout } = await weir(['lab', 'up', 'nat', '--engine', 'sim', '--lang', 'en']);

    expect(code).toBe(EXIT.ok);
    expect(stdout.slice(stdout.indexOf('In memory')))
      .toBe(`In memory: it lasts as long as this command. client asks 4 times, and sees:
  the answer web2
  the answer web1
  the answer web2
  the answer web1
The VIP is answered for by:
  director
The way of the first request:
  client eth0 out > director eth0 in > director eth1 out > web2 eth0 in
The way of the reply to it:
  web2 eth0 out > director eth1 in > director eth0 out > client eth0 in
`);
  });

  test('says where packets end, in Chinese too', async () => {
    const words = ['lab', 'up', 'dr', '--engine', 'sim', '--fault', 'vip-missing', '--lang', 'zh'];
    const { stdout } = await weir(words);

    expect(stdout).toContain('  web1 IpInAddrErrors\n  web2 IpInAddrErrors\n');
    expect(stdout).toContain('  web2 丢弃这个报文：目的地址不是本机地址，而本机不转发（ip_forward=0）。\n');
  });

  test('tells programs the same, with requests large enough for the fault', async () => {
    const { stdout } = await weir(['lab', 'up', 'nat', '--engine', 'sim', '--fault', 'mtu-black-hole', '--json']);

    const { requests }: { requests: { client: string; counters: object }[] } = JSON.parse(stdout);
    expect(requests.map(({ client }) => client)).toEqual(
      Array.from({ length: 4 }, () => 'timeout after the handshake'),
    );
  });

  test.each([['--id', 'x'], ['--no-rules'], ['--hook', 'tc']])(
    'refuses %s, which is for namespaces',
    async (...more) => {
      const { code, stderr } = await weir(['lab', 'up', 'nat', '--engine', 'sim', ...more]);

      expect(code).toBe(EXIT.usage);
      expect(stderr).toContain('are for labs of namespaces');
    },
  );
});
