import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DIFFERENCES } from './differences.ts';
import { readRecordings } from './recording.ts';
import { replayConn } from './replay-conn.ts';
import { replaySched } from './replay-sched.ts';
import { replayWire } from './replay-wire.ts';

/** Further recordings of the same kernel, of rarer packets, made with the same recorder and kept with the code. */
const FURTHER = join(import.meta.dirname, '../../../test/fixtures/kernel');

const CASES: (readonly [name: string, replay: () => Promise<string[]>])[] = [
  ...readRecordings('wire').map((recording) => [`wire/${recording.name}`, () => replayWire(recording)] as const),
  ...readRecordings('conn').map((recording) => [`conn/${recording.name}`, () => replayConn(recording)] as const),
  ...readRecordings('sched').map((recording) => [`sched/${recording.name}`, () => replaySched(recording)] as const),
  ...readRecordings('wire', FURTHER).map((one) => [`further/wire/${one.name}`, () => replayWire(one)] as const),
  ...readRecordings('conn', FURTHER).map((one) => [`further/conn/${one.name}`, () => replayConn(one)] as const),
];

describe('the model does what the recorded kernel did', () => {
  test.each(CASES.filter(([name]) => DIFFERENCES[name] === undefined))('%s', async (_name, replay) => {
    expect((await replay()).join('\n')).toBe('');
  });

  test.each(CASES.filter(([name]) => DIFFERENCES[name] !== undefined))(
    '%s, apart from: see DIFFERENCES',
    async (_name, replay) => {
      expect(await replay()).not.toEqual([]);
    },
  );

  test('every difference that is listed belongs to a recording', () => {
    const names = new Set(CASES.map(([name]) => name));
    expect(Object.keys(DIFFERENCES).filter((name) => !names.has(name))).toEqual([]);
  });
});
