import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startDirector } from '../../test/support/director.ts';
import { EventHub, type EngineEvent } from '../engine/events.ts';
import { ModelEngine } from '../engine/model/engine.ts';

const TOLD = 30_000;
const QUEUE = 100;

test('a reader of events through the API that is too slow is told in their place how many it lost', async () => {
  let observed = (): void => {};
  const isObserved = new Promise<void>((resolve) => (observed = resolve));
  const hub = new EventHub(() => observed(), Date.now);
  const engine = Object.assign(new ModelEngine(), { events: hub.subscribe.bind(hub) });
  const { socket } = await startDirector({ engine });
  const response = await getWithoutReading(socket, `/v1/events?queue=${QUEUE}`);
  await isObserved;

  for (let n = 1; n <= TOLD; n++) {
    hub.publish({ kind: 'dropped', at: 0, reason: 'no-destination', packet: { bytes: n } });
    // As events come from an engine: some at once, then other work.
    if (n % 50 === 0) await setImmediate();
  }
  hub.close();

  let next = 1;
  let lost = 0;
  const misplaced: EngineEvent[] = [];
  for await (const event of eventsOf(response)) {
    if (event.kind === 'lost') {
      next += event.events;
      lost += event.events;
    } else if (event.kind !== 'dropped' || event.packet.bytes !== next++) {
      misplaced.push(event);
    }
  }
  expect(misplaced).toEqual([]);
  expect(next).toBe(TOLD + 1);
  expect(lost).toBeGreaterThan(0);
});

/** The answer, of which nothing has been taken from the socket but its head. */
async function getWithoutReading(socketPath: string, path: string): Promise<IncomingMessage> {
  const asked = request({ socketPath, path });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return response.pause();
}

async function* eventsOf(response: IncomingMessage): AsyncGenerator<EngineEvent> {
  for await (const line of createInterface({ input: response })) if (line !== '') yield JSON.parse(line) as EngineEvent;
}
