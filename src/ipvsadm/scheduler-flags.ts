import { SCHEDULER_FLAG } from '../lvs/service.ts';
import { EXIT, Refusal } from './refusal.ts';

interface Flag {
  name: string;
  bit: number;
  /** The only scheduler that takes it; absent: any does. */
  scheduler?: string;
}

/** Names of the scheduler flags, by rising bits. */
const FLAGS: readonly Flag[] = [
  { name: 'sh-fallback', bit: SCHEDULER_FLAG.flag1, scheduler: 'sh' },
  { name: 'sh-port', bit: SCHEDULER_FLAG.flag2, scheduler: 'sh' },
  { name: 'mh-fallback', bit: SCHEDULER_FLAG.flag1, scheduler: 'mh' },
  { name: 'mh-port', bit: SCHEDULER_FLAG.flag2, scheduler: 'mh' },
  { name: 'flag-1', bit: SCHEDULER_FLAG.flag1 },
  { name: 'flag-2', bit: SCHEDULER_FLAG.flag2 },
  { name: 'flag-3', bit: SCHEDULER_FLAG.flag3 },
];

/**
 * Reads the value of `-b`: names with commas between them, empty ones passed over.
 * @param scheduler as given with `-s`; the default scheduler does not count, it takes no flags of its own anyway
 * @throws Refusal for names that are unknown or belong to another scheduler
 */
export function parseSchedulerFlags(text: string, scheduler: string | undefined): number {
  const names = text.split(',').filter((name) => name !== '');
  // ipvsadm 1.31 dies of a segmentation fault here.
  if (text !== '' && names.length === 0) throw invalidFlag(text);
  let flags = 0;
  for (const name of names) {
    const flag = FLAGS.find((each) => each.name === name);
    if (flag === undefined) throw invalidFlag(name);
    if (flag.scheduler !== undefined && flag.scheduler !== scheduler) {
      throw new Refusal(EXIT.usage, `incompatible scheduler flag \`${name}'`);
    }
    flags |= flag.bit;
  }
  return flags;
}

/**
 * The names of the flags that are set, with commas between them. A scheduler with names of its own has none for the third flag,
 * which is left out then, as in ipvsadm.
 */
export function formatSchedulerFlags(flags: number, scheduler: string): string {
  const own = flagsOf(scheduler);
  return namesOf(flags, own.length > 0 ? own : flagsOf(undefined));
}

/** The same with nothing left out: the third flag has its common name. */
export function completeSchedulerFlags(flags: number, scheduler: string): string {
  const own = flagsOf(scheduler);
  const common = flagsOf(undefined).filter(({ bit }) => !own.some((flag) => flag.bit === bit));
  return namesOf(flags, [...own, ...common]);
}

function flagsOf(scheduler: string | undefined): Flag[] {
  return FLAGS.filter((flag) => flag.scheduler === scheduler);
}

function namesOf(flags: number, named: readonly Flag[]): string {
  return named
    .filter(({ bit }) => (flags & bit) !== 0)
    .map(({ name }) => name)
    .join(',');
}

function invalidFlag(name: string): Refusal {
  return new Refusal(EXIT.usage, `invalid scheduler flag \`${name}'`);
}
