import type { KnownDifference } from '../case.ts';

/** Why the loaded programs do not do what a recording says. */
const REASONS = {
  chance:
    'one of the nine servers acknowledged a FIN by itself instead of with its own: chance, in the TCP stack of the recording',
  noSctp:
    'the stack of the machine that this was tried on has no SCTP, and answers with an ICMP error instead of an ABORT',
  zeroing:
    'the kernel zeroes what it last summed up, up to 2 s old, so that packets from before -Z are counted after it; Weir zeroes all',
} as const;

/**
 * Where the eBPF engine does not do what a recording says: by kind and name, with the reason and with everything that differs. A
 * recording that differs in anything else, or no longer, fails: the list is exact. It holds for both hooks.
 */
export const DIFFERENCES: Readonly<Record<string, KnownDifference>> = {
  'wire/nat-sctp-data-first': { reason: REASONS.noSctp, differs: ['frames after 0'] },
  'sched/rr-basic': { reason: REASONS.chance, differs: ['t 3.01 snapshot -L -n --stats: expected'] },
  'sched/rr-zero-does-not-move': { reason: REASONS.zeroing, differs: ['t 2.84 snapshot -L -n --stats: expected'] },
};
