import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readLabs } from '../../src/lab/registry.ts';
import { removeLab } from '../../src/lab/removal.ts';
import { alike, play, readLesson, stepsOf, withOutputs, writeLesson, type Step } from '../support/lesson.ts';
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

  test('prints what it shows', { timeout: 120_000, retry: WRITE ? 0 : 1 }, async () => {
    const id = `l${process.pid}-${file[0]}`;
    ids.add(id);
    const steps = stepsOf(readLesson(english));
    const outputs = await play(steps, id);
    if (WRITE) {
      writeLesson(english, withOutputs(readLesson(english), outputs));
      return await writeChinese(chinese, outputs);
    }
    const shown = steps.map(({ host = '$', line, printed }) => ({ host, line, printed: printed && alike(printed) }));
    const real = steps.map(({ host = '$', line, printed }, index) => {
      return { host, line, printed: printed && alike(outputs[index]!) };
    });
    expect(real).toEqual(shown);
  });

  test('is the same in Chinese', async () => {
    const [steps, translated] = [stepsOf(readLesson(english)), stepsOf(readLesson(chinese))];
    const printed = await Promise.all(translated.map(async (step) => (isChinese(step) ? await explained(step) : [])));
    const expected = steps.map((step, index) => {
      const other = translated[index];
      if (other === undefined || !isChinese(other)) return step;
      return { ...step, line: other.line, printed: printed[index] };
    });
    expect(translated.map(withoutPorts)).toEqual(expected.map(withoutPorts));
    expect(translated.map(({ line }) => line.replace(' --lang zh', ''))).toEqual(steps.map(({ line }) => line));
  });
});

const withoutPorts = (step: Step): Step => ({ ...step, printed: step.printed && alike(step.printed) });

/** What explains in Chinese is asked again: it needs no lab. */
async function explained(step: Step): Promise<string[]> {
  return (await play([step], ''))[0]!;
}

async function writeChinese(path: string, outputs: readonly string[][]): Promise<void> {
  const steps = stepsOf(readLesson(path));
  const own = await Promise.all(
    steps.map(async (step, index) => (isChinese(step) ? await explained(step) : outputs[index]!)),
  );
  writeLesson(path, withOutputs(readLesson(path), own));
}
