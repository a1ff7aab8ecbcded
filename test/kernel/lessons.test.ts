import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readLabs } from '../../src/lab/registry.ts';
import { removeLab } from '../../src/lab/removal.ts';
import {
  alike,
  play,
  readLesson,
  stepsOf,
  withOutputs,
  writeLesson,
  type Printed,
  type Step,
} from '../support/lesson.ts';
import { ROOT } from '../support/source-files.ts';

/**
 * Every command of the lessons runs, and prints what the lesson shows. WEIR_LESSONS=write writes what was printed into the documents
 * instead, of both languages.
 */
const WRITE = process.env['WEIR_LESSONS'] === 'write';

const LESSONS = readdirSync(join(ROOT, 'docs/lessons')).filter((file) => /^\d.*\.md$/.test(file));

const ids = new Set<string>();
afterEach(async () => {
  for (const record of readLabs().filter(({ id }) => ids.has(id))) await removeLab(record);
});

const isChinese = ({ line }: Step): boolean => line.includes(' --lang zh');

describe.each(LESSONS)('%s', (file) => {
  const [english, chinese] = [`docs/lessons/${file}`, `docs/zh/lessons/${file}`];

  test('prints what it shows, in both languages', { timeout: 120_000, retry: WRITE ? 0 : 1 }, async () => {
    const id = `l${process.pid}-${file[0]}`;
    ids.add(id);
    const [steps, translated] = [stepsOf(readLesson(english)), stepsOf(readLesson(chinese))];
    const printed = await play(steps, translated, id);
    if (WRITE) {
      writeLesson(english, withOutputs(readLesson(english), outputsOf(printed, 'english')));
      return writeLesson(chinese, withOutputs(readLesson(chinese), outputsOf(printed, 'chinese')));
    }
    expect(steps.map((step, index) => withOutput(step, printed[index]!.english))).toEqual(steps.map(asShown));
    expect(translated.map((step, index) => withOutput(step, printed[index]!.chinese))).toEqual(translated.map(asShown));
  });

  test('is the same in Chinese', () => {
    const [steps, translated] = [stepsOf(readLesson(english)), stepsOf(readLesson(chinese))];
    expect(translated.map(({ host, line }) => ({ host, line: line.replace(' --lang zh', '') }))).toEqual(
      steps.map(({ host, line }) => ({ host, line })),
    );
    const chineseOnly = new Set(translated.flatMap((step, index) => (isChinese(step) ? [index] : [])));
    const others = (all: readonly Step[]): unknown[] =>
      all.filter(({ line }, index) => !chineseOnly.has(index) && line !== 'wait').map(asShown);
    expect(others(translated)).toEqual(others(steps));
  });
});

const outputsOf = (printed: readonly Printed[], language: keyof Printed): string[][] =>
  printed.map((one) => one[language]);

const asShown = ({ host = '$', line, printed }: Step) => ({ host, line, printed: printed && alike(printed) });

const withOutput = (step: Step, output: readonly string[]) =>
  asShown({ ...step, printed: step.printed && [...output] });
