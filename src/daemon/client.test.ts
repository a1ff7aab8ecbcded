import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startDirector, temporaryFolder, WEB, webServer, webService } from '../../test/support/director.ts';
import { WeirError } from '../base/error.ts';
import type { Connection } from '../engine/engine.ts';
import { ModelEngine } from '../engine/model/engine.ts';
import type { Operation } from '../lvs/operation.ts';
import { connectDirector } from './client.ts';

const ADD_WEB: Operation = { do: 'add-service', service: webService() };
const ADD_SERVER: Operation = { do: 'add-destination', match: WEB, destination: webServer('1.1.1.128') };

describe('a director in another process', () => {
  test('has the table of its engine', async () => {
    const { socket, engine } = await startDirector();
    const director = await connectDirector(socket);
    expect(await director.apply([ADD_WEB, ADD_SERVER], { each: false })).toEqual([undefined, undefined]);
    const { version, services, timeouts, daemons, settings, marks, sources, vips } = await engine.table();
    expect(await director.table()).toEqual({ version, services, timeouts, daemons, settings, marks, sources, vips });
    expect(services).toHaveLength(1);
  });

  test('has its statistics, counters as bigint', async () => {
    const { socket, engine } = await startDirector();
    const director = await connectDirector(socket);
    await director.apply([ADD_WEB, ADD_SERVER], { each: false });
    const statistics = await director.statistics();
    expect(statistics).toEqual(await engine.statistics());
    expect(statistics[0]?.destinations[0]?.counters.inBytes).toBe(0n);
  });

  test('applies each operation by itself and says which were refused', async () => {
    const { socket } = await startDirector();
    const director = await connectDirector(socket);
    const [refused, ...accepted] = await director.apply([ADD_SERVER, ADD_WEB, ADD_SERVER], { each: true });
    expect(refused).toBeInstanceOf(WeirError);
    expect(refused).toMatchObject({ code: 'SERVICE_UNKNOWN', errno: 'ESRCH' });
    expect(accepted).toEqual([undefined, undefined]);
  });

  test('refuses all operations of a transaction for the reason of one', async () => {
    const { socket, engine } = await startDirector();
    const director = await connectDirector(socket);
    const reasons = await director.apply([ADD_WEB, ADD_WEB], { each: false });
    expect(reasons.map((reason) => reason?.code)).toEqual(['SERVICE_EXISTS', 'SERVICE_EXISTS']);
    expect((await engine.table()).services).toEqual([]);
  });

  test('throws what it refuses, with every detail', async () => {
    const { socket } = await startDirector();
    const director = await connectDirector(socket);
    await expect(director.zero(WEB)).rejects.toMatchObject({
      code: 'SERVICE_UNKNOWN',
      errno: 'ESRCH',
      found: 'tcp 10.1.1.21:80',
    });
    await expect(director.commit([ADD_WEB], 7)).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
      expected: 'version 7',
    });
  });

  test('takes many operations, and names the one that it refuses', async () => {
    const { socket, engine } = await startDirector();
    const director = await connectDirector(socket);
    const many = Array.from({ length: 20_000 }, (_, index): Operation => ({
      do: 'add-service',
      service: { ...webService(), match: { ...WEB, address: `10.${index >> 8}.${index & 255}.1` } },
    }));
    const spoilt = many.with(123, { do: 'delete-service', match: { ...WEB, port: 65_536 } });
    await expect(director.commit(spoilt)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      where: 'operations[123].match.port',
    });
    expect(await director.commit(many, 0)).toEqual({ version: 1 });
    expect((await engine.table()).services).toHaveLength(20_000);
  });

  test('that refuses a request before all of it is sent is heard', async () => {
    const socket = await serve((_request, response) => {
      response
        .writeHead(413, { connection: 'close' })
        .end(JSON.stringify({ error: { code: 'REQUEST_INVALID', message: 'too large' } }));
    });
    const director = await connectDirector(socket);
    const many = Array.from({ length: 50_000 }, () => ADD_SERVER);
    await expect(director.commit(many)).rejects.toMatchObject({ code: 'REQUEST_INVALID', message: 'too large' });
  });

  test('streams connections, also to a reader that stops early', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Connection> {
      for (;;) {
        read += 1;
        yield connectionFrom(read % 65_536);
      }
    }
    const { socket } = await startDirector({ engine: Object.assign(new ModelEngine(), { connections: endless }) });
    const director = await connectDirector(socket);
    const ports: number[] = [];
    for await (const { client } of director.connections()) {
      ports.push(client.port);
      if (ports.length === 1000) break;
    }
    expect(ports).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
    // The source is not read on without a reader.
    const after = read;
    await director.table();
    await director.table();
    expect(read).toBeLessThan(after + 10_000);
  });

  test('whose connections cannot be read on throws in the middle', async () => {
    async function* failing(): AsyncGenerator<Connection> {
      yield connectionFrom(1);
      throw new WeirError('KERNEL_CALL_FAILED', 'the map cannot be read');
    }
    const { socket } = await startDirector({ engine: Object.assign(new ModelEngine(), { connections: failing }) });
    const director = await connectDirector(socket);
    const reading = director.connections()[Symbol.asyncIterator]();
    expect((await reading.next()).value).toEqual(connectionFrom(1));
    await expect(reading.next()).rejects.toMatchObject({ code: 'KERNEL_CALL_FAILED' });
  });

  test('saves and restores its rules', async () => {
    const { socket, folder, engine } = await startDirector();
    const director = await connectDirector(socket);
    await director.apply([ADD_WEB, ADD_SERVER], { each: false });
    expect(await director.save()).toEqual({ path: join(folder, 'state', 'rules.ipvs'), services: 1 });
    const rules = await director.rules();
    await director.apply([{ do: 'flush' }], { each: false });
    expect((await director.restore({ dryRun: true })).operations).toEqual([ADD_WEB, ADD_SERVER]);
    expect((await engine.table()).services).toEqual([]);
    await director.restore({});
    expect(await director.rules()).toBe(rules);
  });

  test('that gets rules with a fault in them changes nothing', async () => {
    const { socket, engine } = await startDirector();
    const director = await connectDirector(socket);
    await director.apply([ADD_WEB], { each: false });
    const restoring = director.restore({ rules: '-A -t 10.0.0.1:80\n-A -t 10.0.0.1:80\n', source: 'new.rules' });
    await expect(restoring).rejects.toMatchObject({ code: 'RULES_INVALID', where: 'new.rules:2' });
    expect(await engine.table()).toMatchObject({ version: 1, services: [{ match: WEB }] });
  });

  test('that gets rules its engine refuses changes nothing', async () => {
    const { socket, engine } = await startDirector();
    const director = await connectDirector(socket);
    await director.apply([ADD_WEB], { each: false });
    const restoring = director.restore({ rules: '-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.2:80 -s nosuch\n' });
    await expect(restoring).rejects.toMatchObject({ code: 'SCHEDULER_UNKNOWN', where: '-A -t 10.0.0.2:80 -s nosuch' });
    expect(await engine.table()).toMatchObject({ version: 1, services: [{ match: WEB }] });
  });
});

describe('no director', () => {
  test('because there is no socket: says what was tried and how to start one', async () => {
    const socket = join(await temporaryFolder(), 'none.sock');
    const connecting = connectDirector(socket);
    await expect(connecting).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE', errno: 'ENOENT', where: socket });
    await expect(connecting).rejects.toHaveProperty('fix', expect.stringContaining('weir run'));
  });

  test('because the path is a file', async () => {
    const socket = join(await temporaryFolder(), 'file');
    await writeFile(socket, '');
    await expect(connectDirector(socket)).rejects.toMatchObject({
      code: 'DAEMON_UNREACHABLE',
      where: socket,
      found: 'a file that is no socket',
    });
  });

  test('because something else answers there', async () => {
    const socket = await serve((_request, response) => void response.writeHead(404).end('not here'));
    const director = await connectDirector(socket);
    await expect(director.table()).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE', found: 'status 404: not here' });
  });

  test('because what answers is no HTTP', async () => {
    const socket = join(await temporaryFolder(), 'other.sock');
    const server = createNetServer((peer) => peer.on('error', () => undefined).end('220 smtp\r\n')).listen(socket);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const director = await connectDirector(socket);
    await expect(director.table()).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE' });
  });

  test('any more, in the middle of an answer', async () => {
    const socket = await serve((_request, response) => {
      response.write(`${JSON.stringify(connectionFrom(1))}\n`);
      setImmediate(() => response.destroy());
    });
    const director = await connectDirector(socket);
    const reading = director.connections()[Symbol.asyncIterator]();
    const all = async () => {
      while ((await reading.next()).done !== true);
    };
    await expect(all()).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE', found: 'it died while it answered' });
  });
});

function connectionFrom(port: number): Connection {
  return {
    protocol: 'tcp',
    state: 'ESTABLISHED',
    expires: 900_000,
    client: { address: '10.1.1.100', port },
    virtual: { address: '10.1.1.21', port: 80 },
    destination: { address: '1.1.1.128', port: 80 },
    template: false,
  };
}

async function serve(answer: (request: unknown, response: ServerResponse) => void): Promise<string> {
  const socket = join(await temporaryFolder(), 'other.sock');
  const server: Server = createServer(answer).listen(socket);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return socket;
}
