import type { SyncDaemon } from '../../lvs/operation.ts';

/** `--daemon`: a line for each daemon that runs. */
export function daemonLine({ role, interface: name, syncId, maxLength, group, port, ttl }: SyncDaemon): string {
  return `${role} sync daemon (mcast=${name}, syncid=${syncId}, maxlen=${maxLength}, group=${group}, port=${port}, ttl=${ttl})`;
}
