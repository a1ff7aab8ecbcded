import type { KnownDifference } from '../case.ts';

/** Why the loaded programs do not do what a recording says. */
const REASONS = {
  chance:
    'one of the nine servers acknowledged a FIN by itself instead of with its own: chance, in the TCP stack of the recording',
  noSctp:
    'the stack of the machine that this was tried on has no SCTP, and answers with an ICMP error instead of an ABORT, or of nothing',
  shortPiece:
    'a last fragment of less than 20 bytes is lost in a tunnel if the packet was made on the same machine, as here (docs/limits.md)',
  noPort:
    'a client without a port has one connection, that of its last packet, and not one for each packet (docs/limits.md)',
  zeroing:
    'the kernel zeroes what it last summed up, up to 2 s old, so that packets from before -Z are counted after it; Weir zeroes all',
} as const;

/**
 * Where the eBPF engine does not do what a recording says: by kind and name, with the reason and with everything that differs. A
 * recording that differs in anything else, or no longer, fails: the list is exact. It holds for both hooks.
 */
export const DIFFERENCES: Readonly<Record<string, KnownDifference>> = {
  'wire/nat-sctp-data-first': { reason: REASONS.noSctp, differs: ['frames after 0'] },
  'wire/no-service-sctp-cookie-ack': { reason: REASONS.noSctp, differs: ['frames after 0'] },
  'wire/no-service-sctp-last-header': { reason: REASONS.noSctp, differs: ['frames after 0'] },
  'wire/no-service-sctp-shutdown-ack': { reason: REASONS.noSctp, differs: ['frames after 0'] },
  'wire/sctp-local': {
    reason: REASONS.noSctp,
    differs: ['frames after 0', 'frames after 1', 'frames after 2', 'frames after 3'],
  },
  'conn/sctp-sloppy': {
    reason: REASONS.noSctp,
    differs: ['port 40004 step 0 c:sctp:ABORT: forwarded to [], found [eth0]'],
  },
  'wire/tun-fragments': { reason: REASONS.shortPiece, differs: ['frames after 2'] },
  'wire/client-port-zero': { reason: REASONS.noPort, differs: ['frames after 4', 'connections', 'list', 'stats'] },
  'sched/rr-basic': { reason: REASONS.chance, differs: ['t 3.01 snapshot -L -n --stats: expected'] },
  'sched/rr-zero-does-not-move': { reason: REASONS.zeroing, differs: ['t 2.84 snapshot -L -n --stats: expected'] },
};
