import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { operations } from '../../test/support/arbitrary-table.ts';
import { WEB, webServer, webService } from '../../test/support/director.ts';
import type { Operation } from '../lvs/operation.ts';
import { OperationLines } from './operation-lines.ts';
import { RequestRefused } from './request.ts';

const ADD_WEB: Operation = { do: 'add-service', service: webService() };
const ADD_SERVER: Operation = { do: 'add-destination', match: WEB, destination: webServer('1.1.1.128') };

function readInPieces(text: string, cuts: readonly number[]): Operation[] {
  const bytes = Buffer.from(text);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const lines = new OperationLines();
  let begin = 0;
  for (const end of ends) {
    lines.take(bytes.subarray(begin, end));
    begin = end;
  }
  return lines.end();
}

test('operations are what was sent, wherever the pieces of it end', () => {
  fc.assert(
    fc.property(operations, fc.array(fc.nat()), fc.boolean(), (sent, cuts, ended) => {
      const text = sent.map((one) => JSON.stringify(one)).join('\n') + (ended ? '\n' : '');
      expect(readInPieces(text, cuts)).toEqual(sent);
    }),
    { numRuns: 300 },
  );
});

test('empty lines are none', () => {
  expect(readInPieces(`\n${JSON.stringify(ADD_WEB)}\n\n`, [])).toEqual([ADD_WEB]);
});

test.each([
  ['a line that is not JSON', '{"do":', 'not JSON', 'operations[1]'],
  ['a line with two', '{} {}', 'not JSON', 'operations[1]'],
  ['a line that is no object', '[]', 'not well formed', 'operations[1]'],
  [
    'a field that is wrong',
    jsonOf({ ...ADD_SERVER, match: { ...WEB, port: -1 } }),
    'not well formed',
    'operations[1].match.port',
  ],
])('%s is refused with its place, whatever follows', (_what, line, message, where) => {
  const sent = [jsonOf(ADD_WEB), line, '{"do":', jsonOf(ADD_SERVER)].join('\n');
  for (const cuts of [[], [1, 200, 300]]) {
    const refusal = refusalOf(() => readInPieces(sent, cuts));
    expect(refusal).toMatchObject({ status: 400, reason: { code: 'REQUEST_INVALID', where } });
    expect(refusal.message).toContain(message);
  }
});

function jsonOf(content: unknown): string {
  return JSON.stringify(content);
}

function refusalOf(read: () => unknown): RequestRefused {
  try {
    read();
  } catch (error) {
    if (error instanceof RequestRefused) return error;
  }
  throw new Error('nothing was refused');
}
