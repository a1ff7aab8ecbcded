import { describe, expect, test } from 'vitest';
import { ModelEngine } from '../model/engine.ts';
import { PROMISES } from './interface.ts';

describe('the model keeps what the engine interface promises', () => {
  test.each(PROMISES.map(({ name, check }) => [name, check] as const))('%s', async (_name, check) => {
    const engine = new ModelEngine();
    expect(await check(engine)).toEqual([]);
    await engine.close();
  });
});
