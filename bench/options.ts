import { parseArgs } from 'node:util';
import { WeirError } from '../src/base/error.ts';

export interface Options {
  rounds: number;
  /** Of each single measurement. */
  seconds: number;
  /** Names of candidates and of measures; undefined: all of them. */
  only: string[] | undefined;
  measures: string[] | undefined;
  /** Where the JSON goes instead of bench/results. */
  json: string | undefined;
  /** Write docs/performance.md. */
  write: boolean;
  /** A JSON of an earlier run, to be reported instead of measuring. */
  from: string | undefined;
  help: boolean;
}

export const HELP = `usage: npm run bench -- [--rounds N] [--seconds N] [--only NAME,...] [--measures NAME,...] [--json FILE] [--write] [--from FILE]

  --rounds N         rounds, each of which takes every candidate once for every measure (5)
  --seconds N        of each single measurement (3)
  --only NAME,...    candidates
  --measures NAME,...
  --json FILE        write the result there instead of to bench/results/DATE.json
  --write            write docs/performance.md as well
  --from FILE        report the result of an earlier run, measure nothing
`;

/**
 * Reads the command line.
 * @param known names of candidates and measures
 * @throws WeirError USAGE
 */
export function readOptions(argv: readonly string[], known: { candidates: string[]; measures: string[] }): Options {
  const values = parse(argv);
  return {
    rounds: wholeNumber('rounds', values.rounds),
    seconds: wholeNumber('seconds', values.seconds),
    only: namesOf('only', values.only, known.candidates),
    measures: namesOf('measures', values.measures, known.measures),
    json: values.json,
    write: values.write,
    from: values.from,
    help: values.help,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '3' },
        only: { type: 'string' },
        measures: { type: 'string' },
        json: { type: 'string' },
        write: { type: 'boolean', default: false },
        from: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new WeirError('USAGE', error instanceof Error ? error.message : String(error), { expected: HELP.trim() });
  }
}

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new WeirError('USAGE', `--${name} takes a whole number`, { expected: '1 to 9999', found: text });
}

function namesOf(option: string, text: string | undefined, known: string[]): string[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').filter((name) => name !== '');
  const unknown = names.filter((name) => !known.includes(name));
  if (names.length > 0 && unknown.length === 0) return names;
  throw new WeirError('USAGE', `--${option} takes names with commas between`, {
    expected: known.join(','),
    found: text,
  });
}
