import { accept, type Handling, type HookResult } from './handling.ts';
import { inputHook } from './input.ts';
import { outputHook } from './output.ts';
import { isIcmp, type Fragment, type Packet } from './packet.ts';
import type { Reason } from './reason.ts';
import type { Family } from './service.ts';
import type { State } from './state.ts';

/** Reasons under which a hook accepts a packet that it has dealt with, so that no other hook sees it. */
const HANDLED: ReadonlySet<Reason> = new Set(['reply-restored', 'reply-seen', 'icmp-to-client', 'local-server']);

/** True if a hook that accepted a packet has dealt with it: the host sends it on as it now is. */
export function isHandled(reason: Reason): boolean {
  return HANDLED.has(reason);
}

/** LOCAL_IN and LOCAL_OUT: replies to the director's own connections first, then requests. */
export function localHooks(state: State, handling: Handling, packet: Packet): HookResult {
  const unseen = whyUnseen(state, packet);
  if (unseen !== undefined) return accept(handling, unseen, packet);
  const reply = outputHook(state, handling, packet);
  if (reply.verdict === 'done' || isHandled(handling.reason)) return reply;
  if (isBackupOnly(state)) {
    handling.reason = 'balancing-off';
    return reply;
  }
  return inputHook(state, handling, packet);
}

/** FORWARD: errors about requests that are not addressed to the director itself (ip_vs_forward_icmp), then replies of servers. */
export function forwardHooks(state: State, handling: Handling, packet: Packet): HookResult {
  const unseen = whyUnseen(state, packet);
  if (unseen !== undefined) return accept(handling, unseen, packet);
  if (isIcmp(packet) && !isBackupOnly(state)) {
    const error = inputHook(state, handling, packet);
    if (error.verdict === 'done') return error;
  }
  return outputHook(state, handling, packet);
}

/** Why no hook looks at a packet, if so. */
function whyUnseen(state: State, packet: Packet): Reason | undefined {
  const { family, endsInHeader, fragment } = packet;
  if (endsInHeader === true || (fragment?.broken === true && !isFirst(packet, fragment))) return 'malformed';
  return balances(state, family) ? undefined : 'balancing-off';
}

/** The beginning of what is never put together goes on as if it were all (recorded: wire/nat6-fragments-unaligned). */
function isFirst({ bytes, transport }: Packet, { offset }: Fragment): boolean {
  return offset === 0 && transport < bytes.length;
}

/** Hooks are in place while the family has a service. */
export function balances({ roster }: State, family: Family): boolean {
  return roster.count(family) > 0;
}

/** A backup of a pair that shall not balance (backup_only). */
function isBackupOnly({ settings, daemons }: State): boolean {
  return settings.backup_only !== 0 && daemons.some(({ role }) => role === 'backup');
}
