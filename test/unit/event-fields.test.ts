import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { EngineEvent } from '../../src/engine/events.ts';
import { ModelEngine } from '../../src/engine/model/engine.ts';
import { packet } from '../../src/net/packet.ts';
import { startDirector } from '../support/director.ts';
import { weir } from '../support/weir.ts';

const SURROUNDINGS = {
  interfaces: { eth0: { mac: '02:00:00:00:00:01', mtu: 1500, addresses: ['10.1.1.21/24', '1.1.1.1/24'] } },
  routes: [],
  neighbours: [{ dev: 'eth0', addr: '1.1.1.128', mac: '02:00:00:00:00:02' }],
};

const RULES = [
  'source add 1.1.1.1',
  '-A -t 10.1.1.21:80 -s rr',
  '-a -t 10.1.1.21:80 -r 1.1.1.128:80 --full-nat',
  '-A -u 10.1.1.21:5060 -s rr -p 30 -o --pe sip',
  '-a -u 10.1.1.21:5060 -r 1.1.1.128:5060 -m',
  '-A -t 10.1.1.21:81 -s rr',
];

const CALL = new TextEncoder().encode('INVITE sip:a@b SIP/2.0\r\nCall-ID: one\r\n\r\n');

/** What `weir observe -o json` prints of a connection's beginning and end, of a call's template, and of packets that are dropped. */
async function told(): Promise<EngineEvent[]> {
  const engine = new ModelEngine({ surroundings: SURROUNDINGS, clock: () => 1_000 });
  const { socket } = await startDirector({ engine });
  await weir(['restore', '-'], { socket, input: RULES.join('\n') });
  const events = engine.events({ queue: 8 });
  const ends = { source: '10.1.1.9', destination: '10.1.1.21' };
  const eth = { destination: '02:00:00:00:00:01' };
  const send = (port: number): void =>
    void engine.director.receive(
      packet({ eth, ip: ends, tcp: { source: 4000, destination: port, flags: 'S' } }),
      'eth0',
    );
  const reading = (async () => {
    const all: EngineEvent[] = [];
    for await (const event of events) all.push(event);
    return all;
  })();
  send(80);
  engine.director.receive(packet({ eth, ip: ends, udp: { source: 5060, destination: 5060 }, payload: CALL }), 'eth0');
  for (let n = 0; n < 20; n++) send(81);
  await engine.close();
  return await reading;
}

/** The names of all fields, however deep; ends of connections are all alike. */
function fieldsOf(value: object): string[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null ? [name, ...fieldsOf(inner)] : [name],
  );
}

test('docs/api.md explains every field of an event', async () => {
  const document = readFileSync('docs/api.md', 'utf8');
  const [, connections = ''] = document.split(/^## Connections$/mu);
  const [explained = ''] = connections.split(/^## Signals$/mu);
  const fields = new Set((await told()).flatMap(fieldsOf));
  expect([...fields]).toEqual(expect.arrayContaining(['connection', 'source', 'engine', 'packet', 'bytes', 'events']));
  expect([...fields].filter((name) => !new RegExp(`[\`"]${name}[\`"]`, 'u').test(explained))).toEqual([]);
});
