import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { advanceClock, connections, eventually, output, type } from '../support/lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await buildLab(await loadTopology('nat'), { hook: 'tc', engine: 'none' });
});
afterAll(async () => {
  await lab.down();
});

/** Datagrams to the UDP echo service from `count` ports of the client. */
function burst(count: number): string[] {
  return [
    'perl',
    '-MSocket',
    '-e',
    'my ($count) = @ARGV; my $to = sockaddr_in(7, inet_aton("10.1.1.21")); for my $port (20000 .. 20000 + $count - 1) { socket(my $s, PF_INET, SOCK_DGRAM, 17) or die; bind($s, sockaddr_in($port, INADDR_ANY)) or die; send($s, "x", 0, $to) or die; close $s }',
    String(count),
  ];
}

test('a full table drops new connections, counts them, keeps the old ones, and recovers', async () => {
  await lab.startDirector('ebpf', ['--connections', '1024']);
  await type(lab, '-A -u 10.1.1.21:7 -s rr', '-a -u 10.1.1.21:7 -r 1.1.1.128:7 -m');
  await output(lab, lab.client, burst(3000));
  const held = (await connections(lab)).length;
  expect(held).toBeGreaterThan(1000);
  expect(held).toBeLessThanOrEqual(1024);
  const status = JSON.parse(await output(lab, lab.director, ['weir', 'status', '--json'])) as {
    reasons: { reason: string; verdict: string; packets: string }[];
    connections: { used: number; size: number };
  };
  expect(status.connections).toEqual({ used: held, size: 1024 });
  const full = status.reasons.find(({ reason }) => reason === 'table-full');
  expect(full).toEqual({ reason: 'table-full', verdict: 'drop', packets: String(3000 - held) });
  advanceClock(lab, 301);
  await eventually(() => connections(lab), []);
  await output(lab, lab.client, burst(100));
  expect((await connections(lab)).length).toBe(100);
});
