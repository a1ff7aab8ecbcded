import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { ask, startDirector, webService } from '../../test/support/director.ts';

const LINE = `${JSON.stringify({ do: 'add-service', service: webService() })}\n`;

test.each([
  ['with a length', `Content-Type: application/json\r\nContent-Length: 9999\r\n\r\n{"operations":[`],
  [
    'of lines in chunks',
    `Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n${LINE.length.toString(16)}\r\n${LINE}\r\n`,
  ],
])('a request %s that is cut off in its body changes nothing and is no defect', async (_how, rest) => {
  const { socket, engine, log } = await startDirector();
  const sender = connect(socket);
  await once(sender, 'connect');
  await new Promise((resolve) => sender.write(`POST /v1/transaction HTTP/1.1\r\nHost: weir\r\n${rest}`, resolve));
  expect((await ask(socket, '/v1/table')).status).toBe(200);

  sender.destroy();
  await once(sender, 'close');

  for (const _ of ['the end of the first', 'what follows it'])
    expect((await ask(socket, '/v1/table')).status).toBe(200);
  expect(await engine.table()).toMatchObject({ version: 0, services: [] });
  expect(log.filter(({ level }) => level === 'error')).toEqual([]);
});
