import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { operations as anyOperations, reach } from '../../test/support/arbitrary-table.ts';
import { ask, askJson, startDirector, WEB, webServer, webService } from '../../test/support/director.ts';
import { WeirError } from '../base/error.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { ModelEngine } from '../engine/model/engine.ts';
import { formatRules } from '../ipvsadm/rules.ts';
import type { Operation } from '../lvs/operation.ts';
import { DEFAULT_SETTINGS } from '../lvs/settings.ts';
import { emptyTable } from '../lvs/table.ts';
import { LARGEST_BODY } from './request.ts';

const ADD_WEB: Operation = { do: 'add-service', service: webService() };
const ADD_SERVER: Operation = { do: 'add-destination', match: WEB, destination: webServer('1.1.1.128') };

describe('the table', () => {
  test('is empty at first, and holds what a transaction put there', async () => {
    const { socket } = await startDirector();
    const before = JSON.parse((await ask(socket, '/v1/table')).text);
    expect(before).toEqual({
      version: 0,
      services: [],
      timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
      daemons: [],
      settings: DEFAULT_SETTINGS,
      marks: [],
      sources: [],
      vips: [],
    });

    const answer = await askJson(socket, 'POST', '/v1/transaction', { operations: [ADD_WEB, ADD_SERVER] });
    expect(answer).toMatchObject({ status: 200, type: 'application/json', text: '{"version":1}' });
    const after = JSON.parse((await ask(socket, '/v1/table')).text);
    expect(after.services).toEqual([{ ...webService(), destinations: [webServer('1.1.1.128')] }]);
  });

  test('takes all operations of a transaction or none', async () => {
    const { socket, engine } = await startDirector();
    const answer = await askJson(socket, 'POST', '/v1/transaction', { operations: [ADD_WEB, ADD_WEB] });
    expect(answer.status).toBe(409);
    expect(JSON.parse(answer.text).error).toMatchObject({ code: 'SERVICE_EXISTS', errno: 'EEXIST' });
    expect(await engine.table()).toMatchObject({ version: 0, services: [] });
  });

  test('takes a transaction only at the version it was made for', async () => {
    const { socket } = await startDirector();
    const first = await askJson(socket, 'POST', '/v1/transaction', { operations: [ADD_WEB], expectedVersion: 0 });
    expect(first.status).toBe(200);
    const second = await askJson(socket, 'POST', '/v1/transaction', { operations: [ADD_SERVER], expectedVersion: 0 });
    expect(second.status).toBe(409);
    expect(JSON.parse(second.text).error.code).toBe('VERSION_CONFLICT');
  });

  test('takes operations one by one, leaving out those that are refused', async () => {
    const { socket, engine } = await startDirector();
    const operations = [ADD_SERVER, ADD_WEB, ADD_WEB, ADD_SERVER, ADD_SERVER];
    const { results } = JSON.parse((await askJson(socket, 'POST', '/v1/operations', { operations })).text);
    expect(results.map((error: { errno: string } | null) => error?.errno)).toEqual([
      'ESRCH',
      undefined,
      'EEXIST',
      undefined,
      'EEXIST',
    ]);
    const { services } = await engine.table();
    expect(services[0]?.destinations).toEqual([webServer('1.1.1.128')]);
  });

  test('is after any operations, sent one by one, what the rules of the table say', async () => {
    const { socket, engine } = await startDirector();
    let expected = emptyTable();
    await fc.assert(
      fc.asyncProperty(anyOperations, async (operations) => {
        expected = reach(expected, operations);
        const answer = await askJson(socket, 'POST', '/v1/operations', { operations });
        expect(answer.status).toBe(200);
        expect(formatRules(await engine.table())).toBe(formatRules(expected));
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });

  test('is changed by one transaction after another, however many arrive at once', async () => {
    const { socket, engine } = await startDirector();
    const ports = Array.from({ length: 40 }, (_, index) => 8000 + index);
    const answers = await Promise.all(
      ports.map((port) => {
        const service = { ...webService(), match: { ...WEB, port } };
        return askJson(socket, 'POST', '/v1/transaction', { operations: [{ do: 'add-service', service }] });
      }),
    );
    const versions = answers.map(({ text }) => Number(JSON.parse(text).version));
    expect(versions.toSorted((a, b) => a - b)).toEqual(ports.map((_, index) => index + 1));
    expect((await engine.table()).services).toHaveLength(40);
  });
});

describe('numbers', () => {
  test('of counters travel as decimal strings, above 2^53 too', async () => {
    const counters = { connections: 1n, inPackets: 2n ** 63n, outPackets: 0n, inBytes: 2n ** 64n - 1n, outBytes: 3n };
    const rates = { connections: 0, inPackets: 0.5, outPackets: 0, inBytes: 0, outBytes: 0 };
    const { socket } = await startDirector({
      engine: engineWith({ statistics: async () => [{ match: WEB, counters, rates, destinations: [] }] }),
    });
    const [service] = JSON.parse((await ask(socket, '/v1/statistics')).text);
    expect(service.counters).toMatchObject({ inPackets: '9223372036854775808', inBytes: '18446744073709551615' });
    expect(service.rates.inPackets).toBe(0.5);
  });
});

describe('connections', () => {
  const connection: Connection = {
    protocol: 'tcp',
    state: 'ESTABLISHED',
    expires: 900_000,
    client: { address: '10.1.1.100', port: 40_000 },
    virtual: { address: '10.1.1.21', port: 80 },
    destination: { address: '1.1.1.128', port: 80 },
    template: false,
  };

  test('are streamed, a JSON object a line', async () => {
    const { socket } = await startDirector({ engine: engineWith({ connections: () => repeat(connection, 10_000) }) });
    const answer = await ask(socket, '/v1/connections');
    expect(answer).toMatchObject({ status: 200, type: 'application/x-ndjson' });
    const lines = answer.text.trimEnd().split('\n');
    expect(lines).toHaveLength(10_000);
    expect(JSON.parse(lines[9999] ?? '')).toEqual(connection);
  });

  test('that cannot be read on end with the error in the last line', async () => {
    async function* failing(): AsyncGenerator<Connection> {
      yield connection;
      throw new WeirError('KERNEL_CALL_FAILED', 'the map cannot be read');
    }
    const { socket } = await startDirector({ engine: engineWith({ connections: failing }) });
    const lines = (await ask(socket, '/v1/connections')).text.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1] ?? '')).toEqual({
      error: { code: 'KERNEL_CALL_FAILED', message: 'the map cannot be read' },
    });
  });
});

describe('timeouts, zero and status', () => {
  test('timeouts are set and answered; 0 leaves one as it is', async () => {
    const { socket } = await startDirector();
    const answer = await askJson(socket, 'PUT', '/v1/timeouts', { tcp: 600, tcpFin: 0, udp: 60 });
    expect(JSON.parse(answer.text)).toEqual({ tcp: 600, tcpFin: 120, udp: 60 });
    expect((await ask(socket, '/v1/timeouts')).text).toBe(answer.text);
  });

  test('zero takes a service or all, and knows which there are', async () => {
    const { socket } = await startDirector();
    expect(await askJson(socket, 'POST', '/v1/zero', {})).toMatchObject({ status: 200, text: '{}' });
    const unknown = await askJson(socket, 'POST', '/v1/zero', { match: WEB });
    expect(unknown.status).toBe(404);
    expect(JSON.parse(unknown.text).error).toMatchObject({ code: 'SERVICE_UNKNOWN', errno: 'ESRCH' });
  });

  test('status names the director, the engine and the size of the table', async () => {
    const { socket } = await startDirector();
    await askJson(socket, 'POST', '/v1/transaction', { operations: [ADD_WEB, ADD_SERVER] });
    expect(JSON.parse((await ask(socket, '/v1/status')).text)).toMatchObject({
      engine: 'model',
      director: { pid: process.pid, socket },
      table: { version: 1, services: 1, destinations: 1 },
    });
  });
});

describe('a request that is wrong', () => {
  test.each([
    ['an unknown path', 'GET', '/v2/table', {}, 404, 'no such path'],
    ['a path that takes another method', 'DELETE', '/v1/table', {}, 405, 'no DELETE /v1/table'],
    ['broken JSON', 'POST', '/v1/transaction', '{"operations": [', 400, 'not JSON'],
    ['no body where one is needed', 'POST', '/v1/transaction', '', 400, 'not well formed'],
    ['a body that is no object', 'POST', '/v1/transaction', '[]', 400, 'not well formed'],
    ['an unknown field', 'POST', '/v1/zero', '{"all": true}', 400, 'Unrecognized key'],
  ])('with %s gets an answer that says so', async (_what, method, path, content, status, message) => {
    const { socket } = await startDirector();
    const body = typeof content === 'string' ? content : JSON.stringify(content);
    const headers = { 'content-type': 'application/json' };
    const answer = await ask(socket, path, { method, headers, ...(method === 'POST' ? { body } : {}) });
    expect(answer).toMatchObject({ status, type: 'application/json' });
    const { error } = JSON.parse(answer.text);
    expect(error.code).toBe('REQUEST_INVALID');
    expect(error.message).toContain(message);
  });

  test.each<[string, unknown, string]>([
    ['an unknown operation', { do: 'explode' }, 'operations[1].do'],
    ['a port out of range', { do: 'delete-service', match: { ...WEB, port: 65_536 } }, 'operations[1].match.port'],
    [
      'an address that is none',
      { do: 'delete-service', match: { ...WEB, address: '010.0.0.1' } },
      'operations[1].match.address',
    ],
    [
      'a weight that is text',
      { ...ADD_SERVER, destination: { ...webServer('1.1.1.1'), weight: '1' } },
      'operations[1].destination.weight',
    ],
    [
      'a weight that is no whole number',
      { ...ADD_SERVER, destination: webServer('1.1.1.1', 1.5) },
      'operations[1].destination.weight',
    ],
    [
      'direct routing to another port',
      { ...ADD_SERVER, destination: { ...webServer('1.1.1.1'), method: 'route', port: 81 } },
      'operations[1].destination.port',
    ],
    [
      'a tunnel type without a tunnel',
      { ...ADD_SERVER, destination: { ...webServer('1.1.1.1'), tunnel: { type: 'gre', port: 0, checksum: 'none' } } },
      'operations[1].destination.tunnel.type',
    ],
    [
      'one-packet scheduling of TCP',
      { do: 'add-service', service: { ...webService(), onePacket: true } },
      'operations[1].service.onePacket',
    ],
    [
      'any port without persistence',
      { do: 'add-service', service: { ...webService(), match: { ...WEB, port: 0 } } },
      'operations[1].service.match.port',
    ],
    [
      'a netmask that is none',
      { do: 'add-service', service: { ...webService(), persistence: { timeout: 1, netmask: '24' } } },
      'operations[1].service.persistence.netmask',
    ],
    ['a missing field', { do: 'set-timeouts', timeouts: { tcp: 1, udp: 1 } }, 'operations[1].timeouts.tcpFin'],
  ])('with %s is refused as a whole, and the place is named', async (_what, operation, where) => {
    const { socket, engine } = await startDirector();
    const answer = await askJson(socket, 'POST', '/v1/transaction', { operations: [ADD_WEB, operation] });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).error).toMatchObject({ code: 'REQUEST_INVALID', where });
    expect((await engine.table()).version).toBe(0);
  });

  test('with another content type is told which one', async () => {
    const { socket } = await startDirector();
    const answer = await ask(socket, '/v1/zero', {
      method: 'POST',
      body: 'a=b',
      headers: { 'content-type': 'text/plain' },
    });
    expect(answer.status).toBe(415);
    expect(JSON.parse(answer.text).error).toMatchObject({
      expected: 'Content-Type: application/json',
      found: 'text/plain',
    });
  });

  test.each([
    ['that says so', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])(
    'with a body over the limit %s is refused, and the director lives on',
    async (_how, extra: Record<string, string>) => {
      const { socket } = await startDirector();
      const headers = { 'content-type': 'application/json', ...extra };
      const answer = await ask(socket, '/v1/transaction', {
        method: 'POST',
        headers,
        body: Buffer.alloc(LARGEST_BODY + 1, ' '),
      });
      expect(answer.status).toBe(413);
      expect(JSON.parse(answer.text).error.code).toBe('REQUEST_INVALID');
      expect((await ask(socket, '/v1/table')).status).toBe(200);
    },
  );

  test('with arbitrary JSON never ends in a defect', async () => {
    const { socket, log } = await startDirector();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('transaction', 'operations', 'zero', 'restore'),
        fc.jsonValue(),
        async (path, body) => {
          const { status } = await askJson(socket, 'POST', `/v1/${path}`, body);
          expect(status).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

test('a defect of the engine is an answer of its own kind, logged, and not the end of the director', async () => {
  const engine = engineWith({ statistics: () => Promise.reject(new TypeError('oops')) });
  const { socket, log } = await startDirector({ engine });
  const answer = await ask(socket, '/v1/statistics');
  expect(answer.status).toBe(500);
  expect(JSON.parse(answer.text).error).toMatchObject({ code: 'INTERNAL', found: 'oops' });
  expect(log.filter(({ level }) => level === 'error')).toHaveLength(1);
  expect((await ask(socket, '/v1/table')).status).toBe(200);
});

/** The specification with some answers replaced, for what it cannot be brought to answer. */
function engineWith(answers: Partial<Engine>): Engine {
  return Object.assign(new ModelEngine(), answers);
}

async function* repeat<T>(item: T, times: number): AsyncGenerator<T> {
  for (let index = 0; index < times; index++) yield item;
}
