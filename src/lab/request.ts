import { existsSync, readFileSync } from 'node:fs';
import { visitNamespaceAtOnce } from '../kernel/visit-namespace.ts';
import { endpointText, type DestinationId } from '../lvs/service.ts';
import { COUNTERS, type Counter } from '../sim/counters.ts';
import type { Result } from '../sim/programs.ts';
import type { TcpFailure } from '../sim/tcp.ts';
import type { Lab } from './lab.ts';

/** Messages of curl by what the kernel told it. */
const FAILURES: readonly [RegExp, TcpFailure][] = [
  [/Connection refused/, 'ECONNREFUSED'],
  [/No route to host/, 'EHOSTUNREACH'],
  [/Network is unreachable/, 'ENETUNREACH'],
  [/Protocol not available/, 'ENOPROTOOPT'],
  [/Connection reset by peer/, 'ECONNRESET'],
  [/Operation not permitted/, 'EPERM'],
];

/** curl's exit code for a time that is up. */
const TIMED_OUT = 28;

export interface LabRequest {
  /** The topology's own service if absent. */
  to?: DestinationId;
  from?: { address: string; port?: number };
  /** Bytes sent with the request. */
  upload?: number;
}

/**
 * Sends a request from a host of a lab with curl, and says what came of it in the simulator's terms.
 * @param seconds after which it gives up
 */
export async function requestInLab(lab: Lab, host: string, seconds: number, request: LabRequest = {}): Promise<Result> {
  const { to = lab.topology.service, from, upload = 0 } = request;
  const argv = [
    'curl',
    '-sSv',
    '-g',
    '--max-time',
    `${seconds}`,
    '-w',
    '\n%{time_connect}',
    ...(from === undefined ? [] : ['--interface', from.address]),
    ...(from?.port === undefined ? [] : ['--local-port', `${from.port}`]),
    ...(upload > 0 ? ['--data-binary', '@-'] : []),
    `http://${endpointText(to)}/`,
  ];
  const { code, stdout, stderr } = await lab.exec(host, argv, { input: 'x'.repeat(upload) });
  const end = stdout.lastIndexOf('\n');
  if (code === 0) return { kind: 'answer', body: stdout.slice(0, end) };
  if (code === TIMED_OUT) return { kind: 'timeout', connected: Number(stdout.slice(end + 1)) > 0 };
  const failure = FAILURES.find(([text]) => text.test(stderr));
  return { kind: 'error', errno: failure?.[1] ?? 'ECONNRESET' };
}

/** Files of /proc/net; the last is not there where the kernel has no IPv6. */
const COUNTER_FILES = ['snmp', 'netstat', 'snmp6'] as const;

/** What a host of a lab has counted since its namespace was made. @throws WeirError PRIVILEGE_MISSING */
export function readCounters(lab: Lab, host: string): Record<Counter, number> {
  const values = new Map<string, number>();
  const lines = visitNamespaceAtOnce(lab.namespace(host), () =>
    COUNTER_FILES.map((name) => `/proc/thread-self/net/${name}`)
      .filter((path) => existsSync(path))
      .flatMap((path) => readFileSync(path, 'latin1').split('\n')),
  );
  for (const [index, line] of lines.entries()) {
    const [table = '', ...names] = line.split(/\s+/);
    if (!table.endsWith(':')) values.set(table, Number(names[0]));
    else if (lines[index + 1]?.startsWith(`${table} `) === true && Number.isNaN(Number(names[0]))) {
      const numbers = lines[index + 1]!.split(/\s+/).slice(1);
      for (const [at, name] of names.entries()) values.set(`${table.slice(0, -1)}${name}`, Number(numbers[at]));
    }
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a key for each counter
  return Object.fromEntries(COUNTERS.map((name) => [name, values.get(name) ?? 0])) as Record<Counter, number>;
}
