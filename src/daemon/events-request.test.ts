import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { startDirector } from '../../test/support/director.ts';
import { EventHub, type EventWish } from '../engine/events.ts';
import { ModelEngine } from '../engine/model/engine.ts';

test.each([
  ['sample=100', { kinds: undefined, sample: 100 }],
  ['kinds=new&sample=100', { kinds: ['new'], sample: 100 }],
  // A filter comes before sampling: only who applies it can sample.
  ['client=10.1.1.100&sample=100', { kinds: undefined, sample: 1 }],
])('of who asks for %s the engine is told no more than is needed', async (query, wish) => {
  const wishes: (EventWish | undefined)[] = [];
  const hub = new EventHub((wanted) => wishes.push(wanted), Date.now);
  const engine = Object.assign(new ModelEngine(), { events: hub.subscribe.bind(hub) });
  const { socket } = await startDirector({ engine });
  const asked = request({ socketPath: socket, path: `/v1/events?${query}` });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.destroy();
  expect(wishes[0]).toEqual(wish);
});
