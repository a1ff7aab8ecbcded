import type { Packet } from '../lvs/packet.ts';
import { classOf, REASONS, type Reason } from '../lvs/reason.ts';
import type { Decision } from '../lvs/verdict.ts';
import { counterOf, DROPS, type DropReason } from './drops.ts';
import type { Host } from './host.ts';
import { REASONS_ZH } from '../lvs/reasons-zh.ts';

/** A packet ends here: it is counted as Linux counts it, and told. */
export function drop(host: Host, nic: string, packet: Uint8Array, reason: DropReason): void {
  const counter = counterOf(reason, packet[0]! >> 4 === 4 ? 'inet' : 'inet6');
  if (counter !== undefined) host.counters.count(counter);
  const { en, zh } = DROPS[reason];
  host.tell({
    kind: 'drop',
    nic,
    bytes: packet,
    dropped: reason,
    text: { en: `${host.name} drops the packet: ${en}.`, zh: `${host.name} 丢弃这个报文：${zh}。` },
  });
}

/** What the director on a host made of a packet. */
export function tellDirector(
  host: Host,
  nic: string,
  { bytes }: Packet,
  { reason, decisions }: { reason: Reason; decisions: readonly Decision[] },
): void {
  host.tell({
    kind: 'director',
    nic,
    bytes,
    decisions,
    ...(classOf(reason) === 'drop' ? { dropped: reason } : {}),
    text: { en: `${host.name}: ${REASONS[reason].text}`, zh: `${host.name}：${REASONS_ZH[reason]}` },
  });
}
