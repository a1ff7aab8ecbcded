import { describe, expect, it } from 'vitest';
import { EventHub, type EngineEvent, type EventRequest, type EventWish } from './events.ts';

function setUp(request: EventRequest = {}) {
  const clock = { now: 0 };
  const wanted: (EventWish | undefined)[] = [];
  const hub = new EventHub(
    (wish) => void wanted.push(wish),
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
    expect(wanted.every((wish) => wish !== undefined)).toBe(true);
    await second.return?.();
    expect(wanted.at(-1)).toBeUndefined();
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

describe('what all subscriptions together want of an engine', () => {
  it('is every kind and every event while one wants them all', async () => {
    const { hub, wanted, events } = setUp({ kinds: ['new'], sample: 4 });
    const second = hub.subscribe({ sample: 6 });
    expect(wanted).toEqual([
      { kinds: ['new'], sample: 4 },
      { kinds: undefined, sample: 2 },
    ]);
    await events.return?.();
    expect(wanted.at(-1)).toEqual({ kinds: undefined, sample: 6 });
    await second.return?.();
    expect(wanted.at(-1)).toBeUndefined();
  });

  it('is every event where one has a filter, which comes before sampling', () => {
    const { wanted } = setUp({ kinds: ['new', 'closed'], sample: 4, wanted: () => true });
    expect(wanted).toEqual([{ kinds: ['new', 'closed'], sample: 1 }]);
  });
});

describe('an engine that leaves out events, or loses them', () => {
  it('says how many each stands for, and every reader still gets its every n-th', async () => {
    const { hub, events } = setUp({ sample: 6 });
    for (let n = 1; n <= 7; n++) hub.publish(drop(String(n)), 2);
    expect(await all(hub, events)).toEqual(['1', '4', '7']);
  });

  it('tells readers how many, at once to one that waits', async () => {
    const { hub, events } = setUp();
    const next = events.next();
    hub.lose(3);
    expect(await next).toMatchObject({ value: { kind: 'lost', events: 3 } });
    hub.publish(drop('a'));
    hub.lose(2);
    hub.publish(drop('b'));
    expect(await all(hub, events)).toEqual(['a', 'lost 2', 'b']);
  });
});
