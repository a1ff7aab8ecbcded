import { describe, expect, test } from 'vitest';
import { loadTopology } from './catalogue.ts';
import { plantFaults } from './fault.ts';
import { chooseFault, complaint, explanation, isRight, LEVELS, nextHint } from './quiz.ts';

const dr = await loadTopology('dr');

describe('the fault of a quiz', () => {
  test('is the same for the same seed, and all come up in the end', async () => {
    const chosen = await Promise.all(Array.from({ length: 300 }, (_, seed) => chooseFault(dr, seed)));

    expect(await chooseFault(dr, 7)).toBe(chosen[7]);
    expect([...new Set(chosen.map(({ id }) => id))].sort()).toEqual([...(dr.faults ?? [])].sort());
  });

  test.each(LEVELS)('is of level %i where that is asked for', async (level) => {
    for (let seed = 0; seed < 20; seed++) expect((await chooseFault(dr, seed, level)).level).toBe(level);
  });

  test('is refused where the topology can have none', async () => {
    await expect(chooseFault({ ...dr, faults: ['no-rules'] }, 1, 3)).rejects.toMatchObject({
      code: 'LAB_UNKNOWN',
      expected: 'a level of 1',
    });
  });
});

test('the complaint says what a client sees, of a large request where only that fails', async () => {
  const said = async (id: string): Promise<string> => {
    const [fault] = await Promise.all([300, 301].map((seed) => chooseFault({ ...dr, faults: [id] }, seed)));
    return await complaint(await plantFaults(dr, [id]), fault!, 'en');
  };

  expect(await said('service-stopped')).toBe(
    'What the client sees: a refusal (ECONNREFUSED), a refusal (ECONNREFUSED)',
  );
  expect(await said('mtu-black-hole')).toBe(
    'What the client sees of a small request, and of one with 8000 bytes: the answer web2, a timeout after the handshake',
  );
});

test('hints come one by one until there are no more; wrong answers are counted; the end tells all in both languages', async () => {
  const state = { fault: 'no-rules', hints: 0, wrong: 0 };

  expect(await nextHint(state, 'en')).toMatch(/^1\/2: Who sends/);
  expect(await nextHint(state, 'zh')).toMatch(/^2\/2: 在调度器上/);
  expect(await nextHint(state, 'en')).toBe('There are no more hints.');
  expect(isRight(state, dr, 'vip-missing')).toBe(false);
  expect(() => isRight(state, dr, 'gateway-wrong')).toThrow('is no fault of topology dr');
  expect(isRight(state, dr, 'no-rules')).toBe(true);
  expect((await explanation(state, 'en')).at(-1)).toBe('Hints taken: 2. Wrong answers: 1.');
  expect((await explanation(state, 'zh')).join('\n')).toContain('是 no-rules：规则没有设置，或者开机时没有恢复。');
});
