import { CONNECTION_FLAG, METHOD, ROLE, STATE, readDestinationRecord } from '../../../kernel/abi.generated.ts';
import type { Connection } from '../../../lvs/live-connection.ts';
import { SCTP_STATES } from '../../../lvs/sctp-state.ts';
import type { Family } from '../../../lvs/service.ts';
import { ticksIdle, ticksNow, ticksToMilliseconds } from '../maps/clock.ts';
import {
  type ConnectionRecord,
  FAMILIES,
  type FlowRecord,
  LAYOUTS,
  type PartnerRecord,
  addressText,
} from '../maps/layouts.ts';
import { destinationOf, protocolName } from '../maps/records.ts';
import { shardOf } from '../maps/shards.ts';
import { type Tables, readSettings, viewOf } from '../maps/tables.ts';
import { readTemplates } from './templates.ts';

/** By number, SCTP's under the names that people know; an entry with any other number has ended and is about to be removed. */
const STATE_NAMES = new Map<number, string>([
  ...Object.entries(STATE).flatMap(([name, number]) =>
    number < STATE.STATES ? [[number, name] as [number, string]] : [],
  ),
  ...SCTP_STATES.map((name, place): [number, string] => [STATE.SCTP_NONE + place, name]),
]);

/** The name of a state, 'NONE' for a number that is none. */
export function stateName(number: number): string {
  return STATE_NAMES.get(number) ?? 'NONE';
}

/** The live connections and templates, read shard by shard off the event loop's thread. Those whose time is over are left out. */
export async function* readConnections(tables: Tables): AsyncGenerator<Connection> {
  const servers = new Map<number, string>();
  for (const family of FAMILIES) {
    const { readFlow, flowSize, readConnection, connectionSize } = LAYOUTS[family];
    for (const shard of tables.shards[family]) {
      for await (const { count, keys, values } of shard.batchesAsync()) {
        const now = ticksNow(readSettings(tables.maps.settings).clockAhead);
        for (let i = 0; i < count; i++) {
          const record = readConnection(viewOf(values), i * connectionSize);
          if (record.role !== ROLE.REQUEST || !STATE_NAMES.has(record.state)) continue;
          const connection = describe(tables, family, readFlow(viewOf(keys), i * flowSize), record, now);
          if (record.method === METHOD.TUNNEL)
            connection.destination.address = tunnelServer(tables, servers, record.destination);
          if (connection.expires > 0) yield connection;
        }
      }
    }
  }
  yield* readTemplates(tables);
}

/** The real server at the end of a tunnel, which may be of another family than the connection: its destination tells. */
function tunnelServer({ maps }: Tables, known: Map<number, string>, index: number): string {
  const address = known.get(index) ?? destinationOf(readDestinationRecord(viewOf(maps.destinations.at(index)))).address;
  known.set(index, address);
  return address;
}

function describe(tables: Tables, family: Family, flow: FlowRecord, record: ConnectionRecord, now: number): Connection {
  const partner = record.method === METHOD.FULL_NAT ? partnerOf(tables, family, flow) : undefined;
  return {
    protocol: protocolName(flow.protocol),
    state: stateName(record.state),
    expires: ticksToMilliseconds(Math.max(0, remaining(tables, family, { flow, record, partner }, now))),
    client: { address: addressText(flow.source, family), port: flow.sourcePort },
    virtual: { address: addressText(flow.target, family), port: flow.targetPort },
    destination: { address: addressText(record.address, family), port: record.port },
    template: false,
    ...(partner === undefined ? {} : { source: { address: addressText(partner.address, family), port: partner.port } }),
  };
}

/** What stands in place of the client in a connection by full NAT. */
function partnerOf({ partners }: Tables, family: Family, flow: FlowRecord): PartnerRecord | undefined {
  const { flowSize, writeFlow, readPartner } = LAYOUTS[family];
  const key = Buffer.alloc(flowSize);
  writeFlow(viewOf(key), flow);
  const shards = partners[family];
  const value = shards[shardOf(flow, shards.length)]?.lookup(key);
  return value === undefined ? undefined : readPartner(viewOf(value));
}

/** A request entry with its flow, and with full NAT its partner. */
interface Entry {
  flow: FlowRecord;
  record: ConnectionRecord;
  partner: PartnerRecord | undefined;
}

/** Ticks until the end, as the direction that was seen last says. */
function remaining(tables: Tables, family: Family, entry: Entry, now: number): number {
  const { record } = entry;
  const translated = record.method === METHOD.MASQUERADE || record.method === METHOD.FULL_NAT;
  const reply = translated && !(record.flags & CONNECTION_FLAG.SINGLE) ? replyEntry(tables, family, entry) : undefined;
  const last = reply !== undefined && ticksIdle(reply.seen, now) < ticksIdle(record.seen, now) ? reply : record;
  return last.timeout - ticksIdle(last.seen, now);
}

function replyEntry(
  tables: Tables,
  family: Family,
  { flow, record: request, partner }: Entry,
): ConnectionRecord | undefined {
  const { flowSize, writeFlow, readConnection } = LAYOUTS[family];
  const reply: FlowRecord = {
    source: request.address,
    target: partner?.address ?? flow.source,
    sourcePort: request.port,
    targetPort: partner?.port ?? flow.sourcePort,
    protocol: flow.protocol,
  };
  const key = Buffer.alloc(flowSize);
  writeFlow(viewOf(key), reply);
  const shards = tables.shards[family];
  const value = shards[shardOf(reply, shards.length)]?.lookup(key);
  if (value === undefined) return undefined;
  const entry = readConnection(viewOf(value));
  const isPair = String(entry.address) === String(flow.target) && entry.port === flow.targetPort;
  return entry.role === ROLE.REPLY && isPair ? entry : undefined;
}
