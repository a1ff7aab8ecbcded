import { describe, expect, it } from 'vitest';
import { EventHub, type EngineEvent, type EventRequest } from './events.ts';

function setUp(request: EventRequest = {}) {
  const clock = { now: 0 };
  const wanted: boolean[] = [];
  const hub = new EventHub(
    (isWanted) => void wanted.push(isWanted),
    () => clock.now,
  );
  return { clock, wanted, hub, events: hub.subscribe(request) };
}

const drop = (reason: string): EngineEvent => ({ kind: 'dropped', at: 0, reason, packet: { bytes: 60 } });

/** What has come so far, with an end. */
async function all(hub: EventHub, events: AsyncIterable<EngineEvent>): Promise<string[]> {
  hub.close();
  const texts: string[] = [];
  for await (const event of events) {
    texts.push(event.kind === 'dropped' ? event.reason : event.kind === 'lost' ? `lost ${event.events}` : event.kind);
  }
  return texts;
}

describe('a subscription to events', () => {
  it('gets them in their order', async () => {
    const { hub, events } = setUp();
    for (const name of ['a', 'b', 'c']) hub.publish(drop(name));
    expect(await all(hub, events)).toEqual(['a', 'b', 'c']);
  });

  it('gets what comes while it waits', async () => {
    const { hub, events } = setUp();
    const next = events.next();
    hub.publish(drop('a'));
    expect(await next).toMatchObject({ value: { reason: 'a' } });
  });

  it('loses what a full queue has no room for, and is told how many, in their place', async () => {
    const { hub, events } = setUp({ queue: 2 });
    for (const name of ['a', 'b', 'c', 'd']) hub.publish(drop(name));
    expect(await events.next()).toMatchObject({ value: { reason: 'a' } });
    hub.publish(drop('e'));
    expect(await all(hub, events)).toEqual(['b', 'lost 2', 'e']);
  });

  it('is told of losses also when nothing comes after them', async () => {
    const { hub, events } = setUp({ queue: 1 });
    for (const name of ['a', 'b', 'c']) hub.publish(drop(name));
    expect(await all(hub, events)).toEqual(['a', 'lost 2']);
  });

  it('gets every n-th, which is no loss', async () => {
    const { hub, events } = setUp({ sample: 3 });
    for (let n = 1; n <= 7; n++) hub.publish(drop(String(n)));
    expect(await all(hub, events)).toEqual(['1', '4', '7']);
  });

  it('gets no more than its rate, by the clock', async () => {
    const { hub, events, clock } = setUp({ rate: 2 });
    for (const name of ['a', 'b', 'c', 'd']) hub.publish(drop(name));
    clock.now = 500;
    hub.publish(drop('e'));
    hub.publish(drop('f'));
    expect(await all(hub, events)).toEqual(['a', 'b', 'lost 2', 'e', 'lost 1']);
  });

  it('gets the kinds it wants', async () => {
    const { hub, events } = setUp({ kinds: ['new'] });
    hub.publish(drop('a'));
    expect(await all(hub, events)).toEqual([]);
  });

  it('costs nothing before the first and after the last', async () => {
    const { hub, events, wanted } = setUp();
    const second = hub.subscribe();
    await events.return?.();
    expect(wanted).toEqual([true]);
    await second.return?.();
    expect(wanted).toEqual([true, false]);
    hub.publish(drop('a'));
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it('ends while it waits, when its reader leaves or the engine closes', async () => {
    const { hub, events } = setUp();
    const next = events.next();
    hub.close();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
