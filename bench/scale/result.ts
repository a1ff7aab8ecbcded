import type { Facts } from '../facts.ts';
import type { TargetResult } from '../target.ts';

/** What the suite `scale` writes. */
export interface ScaleResult extends Facts {
  /** By measure: `at` is the number that grows; nanoseconds a packet, one a round. */
  curves: Record<string, Point[]>;
  table: TableFacts | undefined;
  /** Entries of the table for each masqueraded connection. */
  masqueraded: number | undefined;
  transaction: TransactionFacts | undefined;
  targets: TargetResult[];
}

export interface Point {
  at: number;
  established: number[];
  fresh: number[];
}

/** One large transaction through the daemon's API, and small ones after it. */
export interface TransactionFacts {
  services: number;
  destinations: number;
  seconds: number;
  /** Milliseconds from asking for another weight of one real server until the answer, when packets see it. */
  weightChanges: number[];
}

/** The connection table, full of so many connections of direct routing. */
export interface TableFacts {
  connections: number;
  /** Bytes of the kernel's memory for an entry of the table, its share of the buckets included. */
  bytesAnEntry: number;
  /** Seconds of one sweep over the table, of the kernel's walk through it alone, and of reading it from user space; one a round. */
  sweep: number[];
  walk: number[];
  read: number[];
  /** Seconds of the longest of the calls that a sweep is made of: nothing else runs on the processor meanwhile, but interrupts. */
  longest: number;
}
