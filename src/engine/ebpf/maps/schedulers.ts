import { SCHEDULER } from '../../../kernel/abi.generated.ts';
import { MAGLEV_TABLE_SIZE, type MaglevDestination, buildMaglevTable } from '../../../lvs/schedulers/maglev.ts';
import { MH_TABLE_SIZE, buildMhTable } from '../../../lvs/schedulers/mh.ts';
import type { Family } from '../../../lvs/service.ts';
import { SH_TABLE_SIZE, buildShTable } from '../../../lvs/schedulers/sh.ts';

/** What a table is made of: a destination in walk order. */
export interface TableInput extends MaglevDestination {
  weight: number;
}

/** A table that user space prepares. */
export interface PreparedTable {
  /** How many places it has, if any. */
  readonly size: number;
  /** Places in the walk, by bucket or slot; none if nobody has ever had a weight. */
  readonly build: (list: readonly TableInput[], family: Family) => Uint32Array;
  /** What of a destination it depends on. */
  readonly identity: (one: TableInput) => string;
}

export interface ProgramScheduler {
  /** enum weir_scheduler of bpf/abi.h. */
  readonly number: number;
  /** It compares the load of all destinations, so that cells are worth their while (`weir_cell`). */
  readonly compares?: true;
  readonly table?: PreparedTable;
}

const byWeight = ({ weight }: TableInput): string => `${weight}`;
const byServer = ({ address, port, lastWeight }: TableInput): string => `${address} ${port} ${lastWeight}`;

/** The schedulers that the forwarding programs have (bpf/schedule/). */
const PROGRAM_SCHEDULERS: Readonly<Record<string, ProgramScheduler>> = {
  none: { number: SCHEDULER.NONE },
  rr: { number: SCHEDULER.RR },
  wrr: { number: SCHEDULER.WRR },
  lc: { number: SCHEDULER.LC, compares: true },
  wlc: { number: SCHEDULER.WLC, compares: true },
  lblc: { number: SCHEDULER.LBLC, compares: true },
  lblcr: { number: SCHEDULER.LBLCR, compares: true },
  dh: { number: SCHEDULER.DH },
  sh: {
    number: SCHEDULER.SH,
    table: { size: SH_TABLE_SIZE, build: (list) => buildShTable(list.map(({ weight }) => weight)), identity: byWeight },
  },
  sed: { number: SCHEDULER.SED, compares: true },
  nq: { number: SCHEDULER.NQ, compares: true },
  fo: { number: SCHEDULER.FO, compares: true },
  ovf: { number: SCHEDULER.OVF, compares: true },
  mh: {
    number: SCHEDULER.MH,
    table: {
      size: MH_TABLE_SIZE,
      build: (list, family) => buildMhTable(list, MH_TABLE_SIZE, family),
      identity: byServer,
    },
  },
  twos: { number: SCHEDULER.TWOS },
  maglev: {
    number: SCHEDULER.MAGLEV,
    table: { size: MAGLEV_TABLE_SIZE, build: (list) => buildMaglevTable(list), identity: byServer },
  },
  p2c: { number: SCHEDULER.P2C },
};

/** Their names. */
export const SCHEDULERS: ReadonlySet<string> = new Set(Object.keys(PROGRAM_SCHEDULERS));

/** @throws TypeError for a name that is not in `SCHEDULERS` */
export function programScheduler(name: string): ProgramScheduler {
  const scheduler = PROGRAM_SCHEDULERS[name];
  if (scheduler === undefined) throw new TypeError(`the programs have no scheduler ${name}`);
  return scheduler;
}

export function schedulerNameOf(number: number): string {
  return Object.keys(PROGRAM_SCHEDULERS).find((name) => PROGRAM_SCHEDULERS[name]?.number === number) ?? 'none';
}
