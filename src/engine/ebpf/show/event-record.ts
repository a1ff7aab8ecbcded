import { EVENT_FLAG, EVENT_KIND, type EventRecord, STATE, readEventRecord } from '../../../kernel/abi.generated.ts';
import { FIRST_TIMEOUT } from '../../../lvs/connection.ts';
import type { Connection } from '../../../lvs/live-connection.ts';
import { HIDDEN_PORT } from '../../../lvs/persistence.ts';
import type { DestinationId } from '../../../lvs/service.ts';
import type { DroppedPacket, EngineEvent, EventKind } from '../../events.ts';
import { stateName } from './connections.ts';
import { addressText, familyOfNumber } from '../maps/layouts.ts';
import { reasonOf } from './reasons.ts';
import { protocolName } from '../maps/records.ts';

const KINDS = new Map<number, Exclude<EventKind, 'dropped'>>([
  [EVENT_KIND.NEW, 'new'],
  [EVENT_KIND.CLOSED, 'closed'],
  [EVENT_KIND.EVICTED, 'evicted'],
]);

/**
 * What a program has told (struct weir_event).
 * @param epoch milliseconds since 1970 at which the monotonic clock began
 * @returns the event, and how many of its kind it stands for
 */
export function describeEvent(view: DataView, epoch: number): { event: EngineEvent; every: number } {
  const record = readEventRecord(view);
  const { every } = record;
  const at = Math.round(epoch + Number(record.time) / 1e6);
  const kind = KINDS.get(record.kind);
  if (kind === undefined) {
    return { event: { kind: 'dropped', at, reason: reasonOf(record.reason), packet: packetOf(record) }, every };
  }
  const connection = has(record, EVENT_FLAG.IS_TEMPLATE) ? templateOf(record) : connectionOf(record);
  return { event: { kind, at, connection: kind === 'new' ? asNew(connection) : connection }, every };
}

function has({ flags }: EventRecord, flag: number): boolean {
  return (flags & flag) !== 0;
}

/** A connection that has ended expires no more. */
function connectionOf(record: EventRecord): Connection {
  return {
    protocol: protocolName(record.protocol),
    state: stateName(record.state),
    expires: 0,
    client: end(record.client, record.clientPort, record.family),
    virtual: end(record.virtualAddress, record.virtualPort, record.family),
    destination: end(record.server, record.serverPort, record.serverFamily),
    template: false,
    ...(has(record, EVENT_FLAG.HAS_SOURCE) ? { source: end(record.source, record.sourcePort, record.family) } : {}),
  };
}

function templateOf(record: EventRecord): Connection {
  const hidden = has(record, EVENT_FLAG.IS_HIDDEN);
  return {
    protocol: record.protocol === 0 ? 'ip' : protocolName(record.protocol),
    state: has(record, EVENT_FLAG.IS_ASSURED) ? 'ASSURED' : 'NONE',
    expires: 0,
    client: end(record.client, 0, record.family),
    virtual: end(record.virtualAddress, hidden ? HIDDEN_PORT : record.virtualPort, record.family),
    destination: end(record.server, hidden ? HIDDEN_PORT : record.serverPort, record.serverFamily),
    template: true,
  };
}

/** Before its first packet has given it a state (src/lvs/connection.ts). */
function asNew(connection: Connection): Connection {
  const state = connection.protocol === 'udp' && !connection.template ? stateName(STATE.UDP) : 'NONE';
  return { ...connection, state, expires: FIRST_TIMEOUT };
}

/** A port is 0 where the packet has none. */
function packetOf(record: EventRecord): DroppedPacket {
  const { family, protocol, length: bytes } = record;
  if (family === 0) return { bytes };
  return {
    protocol: has(record, EVENT_FLAG.HAS_PORTS) ? protocolName(protocol) : String(protocol),
    source: end(record.client, record.clientPort, family),
    destination: end(record.virtualAddress, record.virtualPort, family),
    bytes,
  };
}

function end(words: readonly number[], port: number, family: number): DestinationId {
  return { address: addressText(words, familyOfNumber(family)), port };
}
