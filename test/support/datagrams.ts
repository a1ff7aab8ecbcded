import { once } from 'node:events';
import type { Lab } from '../../src/lab/lab.ts';
import { output } from './lab.ts';

/** Datagrams as fast as one processor sends them, from ever new ports, counted where they leave and where they arrive. */
export interface Datagrams {
  /** Ends it. @returns how many were sent */
  stop(): Promise<number>;
}

/** Arguments: address, port. Sends until SIGTERM and prints how many; a new source port after every thousand. */
const SEND = `
my ($address, $port) = @ARGV;
my $to = sockaddr_in($port, inet_aton($address));
my ($sent, $running) = (0, 1);
$SIG{TERM} = sub { $running = 0 };
$| = 1;
print "sending\\n";
while ($running) {
  socket(my $socket, PF_INET, SOCK_DGRAM, 17) or die "socket: $!";
  for (1 .. 1000) { send($socket, "x", 0, $to) ? $sent++ : die "send: $!" }
  close $socket;
}
print "$sent\\n";`;

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

/** Counts datagrams to a port as they come in to a host, and takes them out of the stack, so that nobody answers. */
export async function countDatagrams(lab: Lab, host: string, port: number): Promise<void> {
  const chain = '{ type filter hook prerouting priority raw; policy accept; }';
  const rules = `table ip count {\n counter arrived {}\n chain in ${chain}\n}\nadd rule ip count in udp dport ${port} counter name arrived drop`;
  await output(lab, host, `nft -f - <<'END'\n${rules}\nEND`);
}

export async function arrivedDatagrams(lab: Lab, host: string): Promise<number> {
  const text = await output(lab, host, ['nft', 'list', 'counter', 'ip', 'count', 'arrived']);
  return Number(/packets (\d+)/u.exec(text)?.[1]);
}
