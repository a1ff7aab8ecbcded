import {
  CONNECTION_SIZE,
  type ConnectionRecord,
  FLOW_SIZE,
  type FlowRecord,
  METHOD,
  ROLE,
  STATE,
  readConnectionRecord,
  readFlowRecord,
  writeFlowRecord,
} from '../../kernel/abi.generated.ts';
import type { Connection } from '../../lvs/live-connection.ts';
import { formatIpv4 } from '../../net/address.ts';
import { ticksIdle, ticksNow, ticksToMilliseconds } from './clock.ts';
import { protocolName } from './records.ts';
import { type Tables, readSettings, viewOf } from './tables.ts';

/** Names by number; an entry with any other number has ended and is about to be removed. */
const STATE_NAMES = new Map<number, string>(
  Object.entries(STATE).flatMap(([name, number]) => (number < STATE.STATES ? [[number, name]] : [])),
);

/** The live connections, read shard by shard off the event loop's thread. Those whose time is over are left out. */
export async function* readConnections(tables: Tables): AsyncGenerator<Connection> {
  for (const shard of tables.shards) {
    for await (const { count, keys, values } of shard.batchesAsync()) {
      const now = ticksNow(readSettings(tables.maps.settings).clockAhead);
      for (let i = 0; i < count; i++) {
        const record = readConnectionRecord(viewOf(values), i * CONNECTION_SIZE);
        if (record.role !== ROLE.REQUEST || !STATE_NAMES.has(record.state)) continue;
        const connection = describe(tables, readFlowRecord(viewOf(keys), i * FLOW_SIZE), record, now);
        if (connection.expires > 0) yield connection;
      }
    }
  }
}

function describe(tables: Tables, flow: FlowRecord, record: ConnectionRecord, now: number): Connection {
  return {
    protocol: protocolName(flow.protocol),
    state: STATE_NAMES.get(record.state) ?? 'NONE',
    expires: ticksToMilliseconds(Math.max(0, remaining(tables, flow, record, now))),
    client: { address: formatIpv4(flow.source), port: flow.sourcePort },
    virtual: { address: formatIpv4(flow.target), port: flow.targetPort },
    destination: { address: formatIpv4(record.address), port: record.port },
    template: false,
  };
}

/** Ticks until the end, as the direction that was seen last says. */
function remaining(tables: Tables, flow: FlowRecord, record: ConnectionRecord, now: number): number {
  const reply = record.method === METHOD.MASQUERADE ? replyEntry(tables, flow, record) : undefined;
  const last = reply !== undefined && ticksIdle(reply.seen, now) < ticksIdle(record.seen, now) ? reply : record;
  return last.timeout - ticksIdle(last.seen, now);
}

function replyEntry(tables: Tables, flow: FlowRecord, request: ConnectionRecord): ConnectionRecord | undefined {
  const reply: FlowRecord = {
    source: request.address,
    target: flow.source,
    sourcePort: request.port,
    targetPort: flow.sourcePort,
    protocol: flow.protocol,
  };
  const key = Buffer.alloc(FLOW_SIZE);
  writeFlowRecord(viewOf(key), reply);
  const value = tables.shards[shardOf(reply, tables.shards.length)]?.lookup(key);
  if (value === undefined) return undefined;
  const entry = readConnectionRecord(viewOf(value));
  return entry.role === ROLE.REPLY && entry.address === flow.target && entry.port === flow.targetPort
    ? entry
    : undefined;
}

/** The shard of a flow: connection_shard of bpf/connection.h, on the words as they lie in memory. */
export function shardOf(flow: FlowRecord, shards: number): number {
  const bytes = Buffer.alloc(FLOW_SIZE);
  writeFlowRecord(viewOf(bytes), flow);
  const ports = ((bytes.readUInt16LE(8) << 16) | bytes.readUInt16LE(10)) >>> 0;
  const word = bytes.readUInt32LE(0) ^ bytes.readUInt32LE(4) ^ ports;
  return (Math.imul(word, 0x9e3779b1) >>> 28) & (shards - 1);
}
