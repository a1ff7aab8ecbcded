import { once } from 'node:events';
import type { Lab } from '../../src/lab/lab.ts';
import { output } from './lab.ts';

/**
 * Datagrams from ever new ports, counted where they leave and where they arrive. They come in bursts, of which each is answered before
 * the next one leaves: the queue of a cable takes 256 packets, and while all processors are busy elsewhere nobody empties it.
 */
export interface Datagrams {
  /** Ends it. @returns how many were sent. @throws Error if a burst got no answer */
  stop(): Promise<number>;
}

/** Arguments: address, port. Sends until SIGTERM and prints how many; a new source port after every thousand or so. */
const SEND = `
my ($address, $port) = @ARGV;
my $to = sockaddr_in($port, inet_aton($address));
my ($sent, $running) = (0, 1);
$SIG{TERM} = sub { $running = 0 };
$SIG{ALRM} = sub { die "no answer after $sent\n" };
$| = 1;
print "sending\n";
while ($running) {
  socket(my $socket, PF_INET, SOCK_DGRAM, 17) or die "socket: $!";
  for (1 .. 16) {
    for (1 .. 64) { send($socket, "x", 0, $to) ? $sent++ : die "send: $!" }
    send($socket, "??", 0, $to) ? $sent++ : die "send: $!";
    alarm 10;
    # SIGTERM does not end the waiting: perl's recv is started again only by hand.
    1 until defined recv($socket, my $answer, 2, 0) || !$!{EINTR};
    alarm 0;
  }
  close $socket;
}
print "$sent\n";`;

/** Argument: port. Sends back what comes in. */
const ECHO = `
socket(my $socket, PF_INET, SOCK_DGRAM, 17) or die "socket: $!";
bind($socket, sockaddr_in($ARGV[0], INADDR_ANY)) or die "bind: $!";
$| = 1;
print "echoing\n";
while (1) { my $from = recv($socket, my $what, 2, 0); send($socket, $what, 0, $from) if $from }`;

export async function sendDatagrams(lab: Lab, address: string, port: number): Promise<Datagrams> {
  const child = lab.spawn(lab.client, ['perl', '-MSocket', '-e', SEND, address, String(port)]);
  let said = '';
  let failure = '';
  child.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (failure += chunk.toString()));
  await once(child.stdout!, 'data');
  return {
    async stop() {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
      if (failure !== '') throw new Error(failure);
      return Number(said.trim().split('\n').at(-1));
    },
  };
}

/** Counts datagrams to a port as they come in to a host. Those that end a burst are answered; the stack sees nothing of the others. */
export async function countDatagrams(lab: Lab, host: string, port: number): Promise<void> {
  const chain = '{ type filter hook prerouting priority raw; policy accept; }';
  const count = `add rule ip count in udp dport ${port} counter name arrived`;
  // Length in bytes, with the header: one byte of data.
  const take = `add rule ip count in udp dport ${port} udp length 9 drop`;
  await output(
    lab,
    host,
    `nft -f - <<'END'\ntable ip count {\n counter arrived {}\n chain in ${chain}\n}\n${count}\n${take}\nEND`,
  );
  const echo = lab.spawn(host, ['perl', '-MSocket', '-e', ECHO, String(port)]);
  await once(echo.stdout!, 'data');
}

export async function arrivedDatagrams(lab: Lab, host: string): Promise<number> {
  const text = await output(lab, host, ['nft', 'list', 'counter', 'ip', 'count', 'arrived']);
  return Number(/packets (\d+)/u.exec(text)?.[1]);
}
