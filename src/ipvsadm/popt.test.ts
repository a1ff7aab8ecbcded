import { describe, expect, test } from 'vitest';
import { SPELLINGS } from './options.ts';
import { PoptReader, PoptTable } from './popt.ts';

const table = new PoptTable(SPELLINGS);

/** The options in a command line as `long` or `long=value`, errors as `!word: reason`, and last the arguments. */
function read(...words: string[]): string[] {
  const reader = new PoptReader(words, table);
  const seen: string[] = [];
  for (let step = reader.next(); step.kind !== 'end'; step = reader.next()) {
    if (step.kind === 'error') return [...seen, `!${step.word}: ${step.reason}`];
    seen.push(step.value === undefined ? step.spelling.long : `${step.spelling.long}=${step.value}`);
  }
  return [...seen, ...reader.arguments.map((word) => `(${word})`)];
}

describe('popt', () => {
  test.each([
    ['clusters', ['-Ln'], ['list', 'numeric']],
    ['a value after a cluster', ['-At', 'A'], ['add-service', 'tcp-service=A']],
    ['a value in the word', ['-tA'], ['tcp-service=A']],
    ['a value after an equals sign', ['-t=A', '--scheduler=rr'], ['tcp-service=A', 'scheduler=rr']],
    ['only one equals sign is taken off', ['-t==A'], ['tcp-service==A']],
    ['an empty value', ['-t=', '-s', '', '--pe='], ['tcp-service=', 'scheduler=', 'pe=']],
    ['a value that looks like an option', ['-w', '-1'], ['weight=-1']],
    ['an optional value', ['-p', '60', '-p60', '-p=60'], ['persistent=60', 'persistent=60', 'persistent=60']],
    ['an optional value is not taken from an option', ['-p', '-n'], ['persistent', 'numeric']],
    ['an optional value may be missing at the end', ['-p'], ['persistent']],
    ['arguments anywhere', ['a', '-n', 'b'], ['numeric', '(a)', '(b)']],
    ['two dashes end the options', ['-n', '--', '-c', '--'], ['numeric', '(-c)', '(--)']],
    ['one dash is an argument', ['-'], ['(-)']],
    ['an empty word is an argument', [''], ['()']],
  ])('%s', (_, words, expected) => {
    expect(read(...words)).toEqual(expected);
  });

  test.each([
    [['--tcp-serv', 'A'], '!--tcp-serv: unknown option'],
    [['--t', 'A'], '!--t: unknown option'],
    [['-nz'], '!-nz: unknown option'],
    [['-=1'], '!-=1: unknown option'],
    [['--'.concat('-')], '!---: unknown option'],
    [['-t'], '!-t: missing argument'],
    [['--pe'], '!--pe: missing argument'],
    [['--numeric=1'], '!--numeric=1: option does not take an argument'],
    [['-n=1'], '!-n=1: option does not take an argument'],
  ])('%j is an error', (words, expected) => {
    expect(read(...words).at(-1)).toBe(expected);
  });
});
