import { METHOD, ROLE, STATE, readDestinationRecord } from '../../kernel/abi.generated.ts';
import type { Connection } from '../../lvs/live-connection.ts';
import { SCTP_STATES } from '../../lvs/sctp-state.ts';
import type { Family } from '../../lvs/service.ts';
import { ticksIdle, ticksNow, ticksToMilliseconds } from './clock.ts';
import { type ConnectionRecord, FAMILIES, type FlowRecord, LAYOUTS, addressText } from './layouts.ts';
import { destinationOf, protocolName } from './records.ts';
import { shardOf } from './shards.ts';
import { type Tables, readSettings, viewOf } from './tables.ts';
import { readTemplates } from './templates.ts';

/** By number, SCTP's under the names that people know; an entry with any other number has ended and is about to be removed. */
const STATE_NAMES = new Map<number, string>([
  ...Object.entries(STATE).flatMap(([name, number]) =>
    number < STATE.STATES ? [[number, name] as [number, string]] : [],
  ),
  ...SCTP_STATES.map((name, place): [number, string] => [STATE.SCTP_NONE + place, name]),
]);

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
  return {
    protocol: protocolName(flow.protocol),
    state: STATE_NAMES.get(record.state) ?? 'NONE',
    expires: ticksToMilliseconds(Math.max(0, remaining(tables, family, flow, record, now))),
    client: { address: addressText(flow.source, family), port: flow.sourcePort },
    virtual: { address: addressText(flow.target, family), port: flow.targetPort },
    destination: { address: addressText(record.address, family), port: record.port },
    template: false,
  };
}

/** Ticks until the end, as the direction that was seen last says. */
function remaining(tables: Tables, family: Family, flow: FlowRecord, record: ConnectionRecord, now: number): number {
  const reply = record.method === METHOD.MASQUERADE ? replyEntry(tables, family, flow, record) : undefined;
  const last = reply !== undefined && ticksIdle(reply.seen, now) < ticksIdle(record.seen, now) ? reply : record;
  return last.timeout - ticksIdle(last.seen, now);
}

function replyEntry(
  tables: Tables,
  family: Family,
  flow: FlowRecord,
  request: ConnectionRecord,
): ConnectionRecord | undefined {
  const { flowSize, writeFlow, readConnection } = LAYOUTS[family];
  const reply: FlowRecord = {
    source: request.address,
    target: flow.source,
    sourcePort: request.port,
    targetPort: flow.sourcePort,
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
