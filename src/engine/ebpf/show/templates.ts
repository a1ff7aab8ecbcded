import {
  TEMPLATE_FLAG,
  TEMPLATE_SIZE,
  type TemplateRecord,
  readCallRecord,
  readDestinationRecord,
  readTemplateRecord,
} from '../../../kernel/abi.generated.ts';
import type { BpfMap } from '../../../kernel/bpf-map.ts';
import { EXTENSION } from '../../../lvs/connection.ts';
import type { Connection } from '../../../lvs/live-connection.ts';
import { HIDDEN_PORT } from '../../../lvs/persistence.ts';
import { ticksIdle, ticksNow, ticksToMilliseconds } from '../maps/clock.ts';
import { addressText, familyOfNumber } from '../maps/layouts.ts';
import { protocolName } from '../maps/records.ts';
import { type Tables, readSettings, viewOf } from '../maps/tables.ts';

/** The templates of both families, read off the event loop's thread. Those whose time is over are left out. */
export async function* readTemplates(tables: Tables): AsyncGenerator<Connection> {
  for (const shard of tables.templates) yield* readShard(tables, shard);
}

async function* readShard(tables: Tables, shard: BpfMap): AsyncGenerator<Connection> {
  for await (const { count, keys, values } of shard.batchesAsync()) {
    const now = ticksNow(readSettings(tables.maps.settings).clockAhead);
    for (let i = 0; i < count; i++) {
      const record = readTemplateRecord(viewOf(values), i * TEMPLATE_SIZE);
      const template = describe(tables, record, now);
      if (record.flags & TEMPLATE_FLAG.CALL) template.engine = engineOf(tables, keys.subarray(i * 4, i * 4 + 4));
      if (template.expires > 0) yield template;
    }
  }
}

function describe(
  tables: Tables,
  { key, destination: index, port, flags, ...record }: TemplateRecord,
  now: number,
): Connection {
  const family = familyOfNumber(key.family);
  const destination = readDestinationRecord(viewOf(tables.maps.destinations.at(index)));
  const hidden = (flags & TEMPLATE_FLAG.HIDDEN) !== 0;
  return {
    protocol: key.protocol === 0 ? 'ip' : protocolName(key.protocol),
    state: flags & TEMPLATE_FLAG.ASSURED ? 'ASSURED' : 'NONE',
    expires: expiresIn(record, now),
    client: { address: addressText(key.client, family), port: 0 },
    virtual: { address: addressText(key.address, family), port: hidden ? HIDDEN_PORT : key.port },
    destination: {
      address: addressText(destination.address, familyOfNumber(destination.family)),
      port: hidden ? HIDDEN_PORT : port,
    },
    template: true,
  };
}

/** The Call-ID that a template is known by. @param serial its number, as the programs write it */
function engineOf({ calls }: Tables, serial: Buffer): { name: string; data: string } {
  const value = calls?.keys.lookup(serial);
  if (value === undefined) return { name: 'sip', data: '' };
  const { id, length } = readCallRecord(viewOf(value));
  return { name: 'sip', data: String.fromCharCode(...id.slice(0, length)) };
}

/** Milliseconds. One that is over and still has connections has been extended, though the programs have not written it down yet. */
function expiresIn(
  { seen, timeout, controlled }: Pick<TemplateRecord, 'seen' | 'timeout' | 'controlled'>,
  now: number,
): number {
  const left = ticksToMilliseconds(timeout - ticksIdle(seen, now));
  if (left > 0 || (controlled | 0) <= 0) return Math.max(0, left);
  return EXTENSION - (-left % EXTENSION);
}
