import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Interface, Neighbour, Route } from '../../lvs/routing.ts';

/** Frames in, frames out: a file of `wire`. */
export interface WireRecording extends Recording {
  topology: {
    ifaces: Record<string, Interface>;
    routes: Route[];
    neighbours: Neighbour[];
    sysctls: Record<string, number>;
    /** Marks whose packets come to the director wherever they are addressed. */
    deliveredMarks?: number[];
  };
  in: WireInput[];
  out: WireFrame[];
  /** `-L -n -c` and `-L -n --stats --exact` at the end. */
  connections: string;
  stats: string;
  /** `-L -n` at the end. */
  loads?: string;
  /** Milliseconds since the start, when connections were listed. */
  until?: number;
}

/** What happens to a director: a frame that comes in, a command, a setting. */
export type WireInput = (
  | { iface: string; hex: string }
  /** Without an exit code it must succeed. */
  | { ipvsadm: string; exit?: number }
  | { sysctl: [name: string, value: number] }
  /** Nothing for so many milliseconds. */
  | { wait: number }
) & {
  /** Milliseconds since the start. */
  at?: number;
};

export interface WireFrame {
  iface: string;
  /** Number of the frame of `in` that caused it. */
  after: number;
  hex: string;
  /** Bytes that differ from run to run: offset and length. */
  volatile?: [number, number][];
}

/** States, timeouts and counters step by step: a file of `conn`. */
export interface ConnRecording extends Recording {
  method: 'frames' | 'sockets';
  client?: string;
  vip?: string;
  vport?: number;
  rport?: number;
  pe?: boolean;
  all_rows?: boolean;
  trials: { port: number; steps: ConnStep[] }[];
}

export interface ConnStep {
  do: string;
  forwarded?: string[];
  conn?: ConnRow[];
  dests?: { dest: string; forward: string; weight: number; active: number; inactive: number }[];
  result?: string;
  exit?: number;
}

/** A line of `-L -n -c`. */
export interface ConnRow {
  pro: string;
  expire: string;
  state: string;
  source: string;
  virtual: string;
  destination: string;
  pe?: string[];
}

/** Scheduling with real connections: a file of `sched`. */
export interface SchedRecording extends Recording {
  sctp?: boolean;
  listen: string[];
  events: SchedEvent[];
}

export interface SchedEvent {
  op: 'connect' | 'close' | 'send' | 'data' | 'transfer' | 'ipvsadm' | 'sysctl' | 'wait' | 'snapshot';
  /** Seconds since the start. */
  t: number;
  id?: number;
  src?: string;
  dst?: string;
  close?: string;
  how?: string;
  pick?: string | null;
  error?: string;
  reply?: boolean;
  data?: string;
  arrived?: boolean;
  client_error?: string;
  skipped?: string;
  args?: string;
  exit?: number;
  stderr?: string;
  stdout?: string;
  output?: string;
  key?: string;
  value?: number;
  seconds?: number;
  bytes?: number;
}

/** A recording of any kind that packets are played of. */
export type AnyRecording = WireRecording | ConnRecording | SchedRecording;

export interface MarkRule {
  proto?: string;
  family?: string;
  daddr: string;
  /** A port, or several as `{80,443}`. */
  dport?: string;
  mark: number;
}

interface Recording {
  name: string;
  note: string;
  config: string[];
  sysctls?: Record<string, number>;
  marks?: MarkRule[];
}

interface Kinds {
  wire: WireRecording;
  conn: ConnRecording;
  sched: SchedRecording;
}

/** Folder of the recordings: WEIR_GOLDEN, or `test/golden`. */
export function goldenFolder(): string {
  return resolve(process.env['WEIR_GOLDEN'] ?? join(import.meta.dirname, '../../../test/golden'));
}

/** The recordings of a kind, by name. @throws Error if there are none */
export function readRecordings<Kind extends keyof Kinds>(kind: Kind, golden = goldenFolder()): Kinds[Kind][] {
  const folder = join(golden, kind);
  if (!existsSync(folder)) {
    throw new Error(`there are no recordings in ${folder}: set WEIR_GOLDEN to the folder that has them`);
  }
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
}
