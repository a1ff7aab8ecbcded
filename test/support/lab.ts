import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Hook } from '../../src/engine/options.ts';
import { connectDirector } from '../../src/daemon/client.ts';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import { endpointText } from '../../src/lvs/service.ts';
import type { CommandLine, Lab } from '../../src/lab/lab.ts';

/** A lab with the rules of its document typed in. */
export async function labWithRules(name: string, hook: Hook): Promise<Lab> {
  const lab = await buildLab(await loadTopology(name), { hook });
  await lab.applyRules();
  return lab;
}

/** Standard output of a command that must succeed. */
export async function output(lab: Lab, host: string, command: CommandLine): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(host, command);
  expect({ command, code, stderr: code === 0 ? '' : stderr }).toEqual({ command, code: 0, stderr: '' });
  return stdout;
}

/** Types lines at the director, each of which must succeed. */
export async function type(lab: Lab, ...lines: string[]): Promise<void> {
  for (const line of lines) {
    const { code, stderr } = await lab.ipvsadm(line);
    expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
  }
}

export function url(lab: Lab, path = ''): string {
  const { address, port } = lab.topology.service;
  return `http://${address}:${port}/${path}`;
}

/** The client port of the first connection of `answers` in a lab; each further one has the next. */
export const FIRST_ANSWERED = 10_000;

/** The next client port that `answers` has not used yet, by lab. */
const nextPorts = new WeakMap<Lab, number>();

/**
 * How often each server answers `count` connections, one after another. Every connection has a port of its own: on a port that is
 * used again while the director remembers it, a client stays with its server, as in the kernel.
 */
export async function answers(lab: Lab, count: number): Promise<Record<string, number>> {
  const { address, port } = lab.topology.service;
  const first = nextPorts.get(lab) ?? FIRST_ANSWERED;
  nextPorts.set(lab, first + count);
  const names = (
    await output(lab, lab.client, ['perl', '-MSocket', '-e', GET, address, String(port), String(first), String(count)])
  )
    .trim()
    .split('\n');
  const tally: Record<string, number> = {};
  for (const name of names) tally[name] = (tally[name] ?? 0) + 1;
  return tally;
}

/** Arguments: address, port, first client port, count. Prints the last line of each answer. */
const GET = `
my ($address, $port, $first, $count) = @ARGV;
for my $from ($first .. $first + $count - 1) {
  socket(my $socket, PF_INET, SOCK_STREAM, 6) or die "socket: $!";
  setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($socket, sockaddr_in($from, INADDR_ANY)) or die "bind $from: $!";
  alarm 10;
  connect($socket, sockaddr_in($port, inet_aton($address))) or die "connect from $from: $!";
  syswrite($socket, "GET / HTTP/1.0\\r\\n\\r\\n");
  my @lines = <$socket>;
  print $lines[-1];
}`;

/** Segments and datagrams that a host received with a wrong checksum. */
export async function checksumErrors(lab: Lab, host: string): Promise<number> {
  const text = await output(lab, host, ['cat', '/proc/net/snmp', '/proc/net/netstat']);
  return (
    counter(text, 'Tcp', 'InCsumErrors') + counter(text, 'Udp', 'InCsumErrors') + counter(text, 'IpExt', 'InCsumErrors')
  );
}

/** A value of /proc/net/snmp or netstat: a line of names, then a line of numbers. */
export function counter(text: string, table: string, name: string): number {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith(`${table}: `))
    .map((line) => line.split(' '));
  const place = names?.indexOf(name) ?? -1;
  const value = values?.[place];
  if (place < 0 || value === undefined) throw new Error(`no counter ${table} ${name}`);
  return Number(value);
}

export interface ListedConnection {
  protocol: string;
  /** Seconds it has left. */
  expire: number;
  state: string;
}

/** The live connections, asked at the director's socket. */
export async function connections(lab: Lab): Promise<ListedConnection[]> {
  const list: ListedConnection[] = [];
  for await (const { protocol, expires, state } of (await connectDirector(lab.socket)).connections()) {
    list.push({ protocol, expire: expires / 1000, state });
  }
  return list;
}

/** Active and inactive connections by real server. */
export async function load(lab: Lab): Promise<Record<string, [number, number]>> {
  const services = await (await connectDirector(lab.socket)).statistics();
  return Object.fromEntries(
    services
      .flatMap(({ destinations }) => destinations)
      .map(({ id, active, inactive }) => [endpointText(id), [active, inactive]]),
  );
}

/** Asks until the answer is right or the time is up, and then compares for good. */
export async function eventually<T>(ask: () => Promise<T>, right: T, milliseconds = 5000): Promise<void> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (JSON.stringify(answer) === JSON.stringify(right) || performance.now() > end) {
      expect(answer).toEqual(right);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Requests and errors of a finished `wrk`. */
export function wrkResult(text: string): { requests: number; errors: string } {
  const requests = Number(/(\d+) requests in/.exec(text)?.[1] ?? Number.NaN);
  const errors = [/Socket errors: .*/.exec(text)?.[0], /Non-2xx.*/.exec(text)?.[0]]
    .filter((line) => line !== undefined)
    .join('; ');
  return { requests, errors };
}

export async function directorLogText(lab: Lab): Promise<string> {
  return await readFile(lab.directorLog, 'utf8');
}
