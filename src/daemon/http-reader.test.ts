import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CutShort, HttpReader, NotHttp } from './http-reader.ts';

/** Bytes that arrive in pieces of the sizes given, over and over. */
async function* arriving(text: string, sizes: readonly number[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text, 'latin1');
  for (let from = 0, turn = 0; from < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

async function read(text: string, sizes: readonly number[] = [text.length || 1]) {
  const reader = new HttpReader(arriving(text, sizes));
  const head = await reader.head();
  let body = '';
  for await (const piece of reader.body(head)) body += piece.toString('latin1');
  return { status: head.status, type: head.headers.get('content-type'), body };
}

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';

describe('an answer of an HTTP server', () => {
  test('with a length ends after as many bytes', async () => {
    expect(await read(`${HEAD}Content-Length: 3\r\n\r\nabcde`)).toEqual({
      status: 200,
      type: 'text/plain',
      body: 'abc',
    });
    expect(await read(`${HEAD}content-length:0\r\n\r\n`)).toMatchObject({ body: '' });
  });

  test('in chunks ends with the empty one; extensions mean nothing', async () => {
    const chunks = `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n`;
    expect(await read(chunks)).toMatchObject({ body: 'abc0123456789' });
  });

  test('with neither ends with the connection', async () => {
    expect(await read(`${HEAD}\r\nto the end`)).toMatchObject({ body: 'to the end' });
  });

  test.each(['length', 'chunks'])('with %s is the same however it is cut on its way', async (framing) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[\x20-\x7e\r\n]{1,20}$/u), { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        async (parts, sizes) => {
          const body = parts.join('');
          const framed =
            framing === 'length'
              ? `Content-Length: ${body.length}\r\n\r\n${body}`
              : `Transfer-Encoding: chunked\r\n\r\n${[...parts, ''].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}`;
          expect(await read(`${HEAD}${framed}`, sizes)).toEqual({ status: 200, type: 'text/plain', body });
        },
      ),
      { numRuns: 100 },
    );
  });

  test.each([
    ['', CutShort],
    ['HTTP/1.1 200 OK\r\nContent-', CutShort],
    [`${HEAD}Content-Length: 3\r\n\r\nab`, CutShort],
    [`${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nab`, CutShort],
    [`${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`, CutShort],
    ['220 smtp\r\n', NotHttp],
    ['HTTP/1.1 200 OK\r\nno field\r\n\r\n', NotHttp],
    [`${HEAD}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`, NotHttp],
    [`${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n`, NotHttp],
    ['x'.repeat(100_000), NotHttp],
  ])('that is none, or not whole, is told from one that is: %j', async (text, error) => {
    await expect(read(text, [1000])).rejects.toBeInstanceOf(error);
  });
});
