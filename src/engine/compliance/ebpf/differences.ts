import type { KnownDifference } from '../case.ts';

/** Why the loaded programs do not do what a recording says. */
const REASONS = {
  translatedError:
    'ICMP errors about connections are not translated: they go to the stack, which routes them as they are',
  madeError:
    'the programs make no ICMP errors of their own (TTL exceeded, fragmentation needed, unreachable), and count none',
  fragments: 'fragments are not put together: they go to the stack',
  noFragmentation: 'a reply that is too long for its way out is dropped, where the kernel cuts it into fragments',
  recordRoute: 'the programs do not write the address of the director into a record route option',
  sourceRoute: 'the programs do not look for source route options, which the kernel refuses',
  localServer: 'a real server that is the director itself is not reached: there is no way out to it',
  chance:
    'one of the nine servers acknowledged a FIN by itself instead of with its own: chance, in the TCP stack of the recording',
  zeroing:
    'the kernel zeroes what it last summed up, up to 2 s old, so that packets from before -Z are counted after it; Weir zeroes all',
} as const;

/**
 * Where the eBPF engine does not do what a recording says: by kind and name, with the reason and with everything that differs. A
 * recording that differs in anything else, or no longer, fails: the list is exact. It holds for both hooks.
 */
export const DIFFERENCES: Readonly<Record<string, KnownDifference>> = {
  'wire/dr-icmp-time-exceeded-udp': { reason: REASONS.translatedError, differs: ['frames after 1', 'stats'] },
  'wire/dr-ip-options-rr': { reason: REASONS.recordRoute, differs: ['frames after 0'] },
  'wire/dr-local-node': { reason: REASONS.localServer, differs: ['frames after 0', 'connections', 'stats'] },
  'wire/dr-mtu-df': { reason: REASONS.madeError, differs: ['frames after 2', 'stats'] },
  'wire/dr-ttl-1-first': { reason: REASONS.madeError, differs: ['frames after 0', 'stats'] },
  'wire/dr-ttl': { reason: REASONS.madeError, differs: ['frames after 2', 'stats'] },
  'wire/dr6-mtu': { reason: REASONS.madeError, differs: ['frames after 2', 'stats'] },
  'wire/dr6-tcp': { reason: REASONS.madeError, differs: ['frames after 3', 'stats'] },
  'wire/dr-udp-fragments': { reason: REASONS.fragments, differs: ['frames after 1', 'connections', 'stats'] },
  'wire/nat-icmp-frag-needed-from-client-side': {
    reason: REASONS.translatedError,
    differs: ['frames after 3', 'stats'],
  },
  'wire/nat-icmp-host-unreachable-from-client-side': {
    reason: REASONS.translatedError,
    differs: ['frames after 2', 'stats'],
  },
  'wire/nat-icmp-port-unreachable-udp': { reason: REASONS.translatedError, differs: ['frames after 1', 'stats'] },
  'wire/nat-icmp-source-quench': { reason: REASONS.translatedError, differs: ['frames after 1', 'stats'] },
  'wire/nat-icmp-ttl-exceeded-from-router': { reason: REASONS.translatedError, differs: ['frames after 3', 'stats'] },
  'wire/nat-ip-options-lsrr': { reason: REASONS.sourceRoute, differs: ['frames after 0', 'connections', 'stats'] },
  'wire/nat-mtu-df': { reason: REASONS.madeError, differs: ['frames after 3'] },
  'wire/nat-mtu-exact': { reason: REASONS.madeError, differs: ['frames after 4'] },
  'wire/nat-mtu-reply-df': { reason: REASONS.madeError, differs: ['frames after 3'] },
  'wire/nat-mtu-reply-no-df': { reason: REASONS.noFragmentation, differs: ['frames after 3', 'stats'] },
  'wire/nat-no-dest-udp': { reason: REASONS.madeError, differs: ['frames after 0'] },
  'wire/nat-scheduler-none': { reason: REASONS.madeError, differs: ['frames after 0'] },
  'wire/nat-ttl-1-in': { reason: REASONS.madeError, differs: ['frames after 0'] },
  'wire/nat-ttl-1-out': { reason: REASONS.madeError, differs: ['frames after 1'] },
  'wire/nat-udp-fragments-df': { reason: REASONS.fragments, differs: ['frames after 1', 'connections', 'stats'] },
  'wire/nat-udp-fragments': {
    reason: REASONS.fragments,
    differs: ['frames after 1', 'frames after 2', 'connections', 'stats'],
  },
  'wire/nat-udp-reply-fragments': { reason: REASONS.fragments, differs: ['frames after 1', 'frames after 2', 'stats'] },
  'wire/nat-unreachable-server': { reason: REASONS.madeError, differs: ['frames after 0', 'frames after 1'] },
  'wire/nat6-fragments': { reason: REASONS.fragments, differs: ['frames after 1', 'connections', 'stats'] },
  'wire/nat6-hop-limit': { reason: REASONS.madeError, differs: ['frames after 3', 'frames after 4'] },
  'wire/nat6-icmp-too-big-from-client-side': {
    reason: REASONS.translatedError,
    differs: ['frames after 2', 'stats'],
  },
  'wire/nat6-mtu-reply': { reason: REASONS.madeError, differs: ['frames after 3'] },
  'wire/nat6-mtu': { reason: REASONS.madeError, differs: ['frames after 3'] },
  'wire/nat6-no-dest-udp': { reason: REASONS.madeError, differs: ['frames after 0'] },
  'sched/rr-basic': { reason: REASONS.chance, differs: ['t 3.01 snapshot -L -n --stats: expected'] },
  'sched/rr-delete-current': {
    reason: REASONS.madeError,
    differs: [
      't 1.1 connect 13: expected null Connection refused, found null timeout',
      't 1.12 connect 14: expected null Connection refused, found null timeout',
    ],
  },
  'sched/rr-one-server': {
    reason: REASONS.madeError,
    differs: [
      't 0.34 connect 4: expected null Connection refused, found null timeout',
      't 0.58 connect 6: expected null Connection refused, found null timeout',
    ],
  },
  'sched/rr-zero-does-not-move': { reason: REASONS.zeroing, differs: ['t 2.84 snapshot -L -n --stats: expected'] },
  'sched/udp-no-dest': {
    reason: REASONS.madeError,
    differs: [
      't 0.19 send : expected null Connection refused, found null timeout',
      't 0.61 send : expected null Connection refused, found null timeout',
    ],
  },
  'sched/wrr-no-servers': {
    reason: REASONS.madeError,
    differs: [
      't 0.07 connect 1: expected null Connection refused, found null timeout',
      't 0.08 connect 2: expected null Connection refused, found null timeout',
    ],
  },
};
