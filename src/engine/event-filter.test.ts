import { describe, expect, it } from 'vitest';
import type { Connection } from '../lvs/live-connection.ts';
import { eventFilter } from './event-filter.ts';
import type { EngineEvent } from './events.ts';

const CONNECTION: Connection = {
  protocol: 'tcp',
  state: 'NONE',
  expires: 3000,
  client: { address: '10.1.0.10', port: 40_001 },
  virtual: { address: '10.9.9.9', port: 80 },
  destination: { address: '10.2.0.11', port: 8080 },
  template: false,
};
const OPENED: EngineEvent = { kind: 'new', at: 0, connection: CONNECTION };
const DROPPED: EngineEvent = {
  kind: 'dropped',
  at: 0,
  reason: 'no-destination',
  packet: { protocol: 'tcp', source: CONNECTION.client, destination: CONNECTION.virtual, bytes: 54 },
};

describe('a filter for events', () => {
  it.each([
    [{ service: '10.9.9.9' }, true, true],
    [{ service: '10.9.9.9:443' }, false, false],
    [{ client: '10.1.0.10:40001' }, true, true],
    [{ realServer: '10.2.0.11' }, true, false],
    [{ reason: 'no-destination,table-full' }, false, true],
    [{ reason: 'table-full' }, false, false],
  ])('%j: new %s, dropped %s', (filter, opened, dropped) => {
    const wanted = eventFilter(filter);
    expect([wanted?.(OPENED), wanted?.(DROPPED)]).toEqual([opened, dropped]);
  });

  it('lets losses through, whatever is wanted', () => {
    expect(eventFilter({ client: '10.0.0.1' })?.({ kind: 'lost', at: 0, events: 3 })).toBe(true);
  });

  it('is none where every event is wanted, so that the engine itself may sample', () => {
    expect(eventFilter({})).toBeUndefined();
  });

  it('refuses what is no address, and what is no reason to drop a packet', () => {
    const usage: unknown = expect.objectContaining({ code: 'USAGE' });
    expect(() => eventFilter({ client: 'x' })).toThrow(usage);
    expect(() => eventFilter({ reason: 'table-full,tabel-full' })).toThrow(usage);
    expect(() => eventFilter({ reason: 'masqueraded' })).toThrow(usage);
  });
});
