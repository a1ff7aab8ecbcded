import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDirector } from '../../src/daemon/client.ts';
import { advanceClock } from '../../src/lab/clock.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { connections, eventually, labWithRules, load, output } from '../support/lab.ts';

/** An hour of comings and goings in a minute: what the director counts is what the real servers have, at every step. */
let lab: Lab;
beforeAll(async () => {
  lab = await labWithRules('nat', 'tc');
});
afterAll(async () => {
  await lab.down();
});

const ROUNDS = 12;
const ROUND_SECONDS = 300;
/** In each round; more are opened than go. */
const OPENED = 60;
const ENDED = 20;
const RESET = 10;

/** A client of many connections, each of which has begun a request and does not finish it. A command a line on standard input. */
const CLIENT = `
$| = 1;
my ($address, @open) = ($ARGV[0]);
while (my $line = <STDIN>) {
  my ($what, $count) = split ' ', $line;
  if ($what eq 'open') {
    for (1 .. $count) {
      socket(my $socket, PF_INET, SOCK_STREAM, 6) or die "socket: $!";
      connect($socket, sockaddr_in(80, inet_aton($address))) or die "connect: $!";
      syswrite($socket, "GET / HTTP/1.0\\r\\nX: ");
      push @open, $socket;
    }
  } elsif ($what eq 'touch') {
    syswrite($_, 'x') for @open;
  } else {
    for (1 .. $count) {
      my $socket = shift @open;
      setsockopt($socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0)) if $what eq 'reset';
      close $socket;
    }
  }
  print scalar(@open), "\\n";
}`;

function startClient(): (command: string) => Promise<number> {
  const child = lab.spawn(lab.client, ['perl', '-MSocket', '-e', CLIENT, lab.topology.service.address]);
  const answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return async (command) => {
    child.stdin!.write(`${command}\n`);
    const { value } = await answers.next();
    return Number(value);
  };
}

/** What `ss` says on the real servers themselves, in the form of `load`: established connections, and none that is on its way out. */
async function truth(): Promise<Record<string, [number, number]>> {
  const counts = await Promise.all(
    ['web1', 'web2'].map(async (host) => {
      const text = await output(lab, host, ['ss', '-Htn', 'state', 'established', 'sport', '=', ':80']);
      return text.split('\n').filter((line) => line !== '').length;
    }),
  );
  return { '1.1.1.129:80': [counts[1]!, 0], '1.1.1.128:80': [counts[0]!, 0] };
}

const activeOf = (loads: Record<string, [number, number]>): number[] => Object.values(loads).map(([active]) => active);

test('an hour of churn', async () => {
  const tell = startClient();
  for (let round = 1; round <= ROUNDS; round++) {
    await tell(`open ${OPENED}`);
    await tell('touch');
    await tell(`end ${ENDED}`);
    const held = await tell(`reset ${RESET}`);
    expect(held).toBe(round * (OPENED - ENDED - RESET));
    await eventually(async () => activeOf(await truth()).reduce((sum, count) => sum + count, 0), held);
    await eventually(async () => activeOf(await load(lab)), activeOf(await truth()));
    advanceClock(lab, ROUND_SECONDS);
    // What has ended is forgotten by now; what is held has been heard of within its 15 minutes.
    await eventually(() => load(lab), await truth());
    expect((await connections(lab)).length).toBe(held);
  }
  const [service] = await (await connectDirector(lab.socket)).statistics();
  const counted = service!.destinations.reduce((sum, { counters }) => sum + counters.connections, 0n);
  expect(counted).toBe(BigInt(ROUNDS * OPENED));
  expect(await tell(`end ${ROUNDS * (OPENED - ENDED - RESET)}`)).toBe(0);
  advanceClock(lab, 1000);
  await eventually(() => load(lab), { '1.1.1.129:80': [0, 0], '1.1.1.128:80': [0, 0] });
  expect(await connections(lab)).toEqual([]);
});
