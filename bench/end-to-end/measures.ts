import { insideNamespace } from '../../src/kernel/namespace.ts';
import { run } from '../../src/kernel/process.ts';
import { readIperf3, type Reading } from './iperf3.ts';
import { PORT } from '../trio.ts';
import { readWrk } from './wrk.ts';

/** Something that is measured, by a program at the client. */
export interface Measure {
  name: string;
  title: string;
  unit: string;
  /** Decimal places in tables. */
  places: number;
  /** CPU time is shown for this many of the reading's amounts. */
  per: { amount: number; title: string };
  /** The command line. */
  command(address: string, seconds: number): string[];
  read(output: string): Reading;
}

const CONNECTIONS = 64;

function iperf3(address: string, seconds: number, ...more: string[]): string[] {
  const to = ['--client', address, '--port', String(PORT.iperf3), '--connect-timeout', '3000'];
  return ['iperf3', ...to, '--time', String(seconds), '--json', ...more];
}

function wrk(address: string, seconds: number, ...more: string[]): string[] {
  return ['wrk', `-c${CONNECTIONS}`, `-d${seconds}s`, ...more, `http://${address}:${PORT.web}/`];
}

export const MEASURES: readonly Measure[] = [
  {
    name: 'upload',
    title: 'iperf3, one flow, client to server',
    unit: 'Gbit/s',
    places: 2,
    per: { amount: 1, title: 'GB' },
    command: (address, seconds) => iperf3(address, seconds),
    read: readIperf3,
  },
  {
    name: 'download',
    title: 'iperf3, one flow, server to client',
    unit: 'Gbit/s',
    places: 2,
    per: { amount: 1, title: 'GB' },
    command: (address, seconds) => iperf3(address, seconds, '--reverse'),
    read: readIperf3,
  },
  {
    name: 'connections',
    title: `wrk -c${CONNECTIONS}, Connection: close`,
    unit: 'connections/s',
    places: 0,
    per: { amount: 100_000, title: '100,000 connections' },
    command: (address, seconds) => wrk(address, seconds, '-H', 'Connection: close'),
    read: readWrk,
  },
  {
    name: 'requests',
    title: `wrk -c${CONNECTIONS}, keep-alive`,
    unit: 'requests/s',
    places: 0,
    per: { amount: 1_000_000, title: '1,000,000 requests' },
    command: (address, seconds) => wrk(address, seconds),
    read: readWrk,
  },
];

/** Runs a measure once from a client's namespace. A program that fails gives a reading with its errors, and does not throw. */
export async function takeReading(
  measure: Measure,
  from: { client: string; address: string },
  seconds: number,
  signal?: AbortSignal,
): Promise<Reading> {
  const argv = insideNamespace(from.client, measure.command(from.address, seconds));
  const timeout = seconds * 1000 + 15_000;
  const { code, stdout, stderr } = await run(argv, { timeout, ...(signal === undefined ? {} : { signal }) });
  const reading = measure.read(stdout || stderr);
  if (code === 0 || reading.errors !== '') return reading;
  return { ...reading, rate: null, errors: `the program ended with exit code ${code}` };
}
