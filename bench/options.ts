import { parseArgs } from 'node:util';
import { WeirError } from '../src/base/error.ts';

export interface Options {
  suite: string;
  rounds: number;
  /** Of each single measurement. */
  seconds: number;
  /** Names of candidates and of measures; undefined: all of them. */
  only: string[] | undefined;
  measures: string[] | undefined;
  /** Numbers of flows. */
  flows: number[];
  /** Packets of each single measurement. */
  packets: number;
  /** Other built checkouts of Weir, measured beside this one. */
  beside: string[];
  /** An XDP object measured beside ours, its program, and the module that fills its maps. */
  object: string | undefined;
  prog: string | undefined;
  setup: string | undefined;
  /** A program that runs a command in a virtual machine. */
  vm: string | undefined;
  /** The clock of that machine counts instructions, one a nanosecond. */
  counted: boolean;
  /** Where the JSON goes instead of bench/results. */
  json: string | undefined;
  /** Write docs/performance.md. */
  write: boolean;
  /** A JSON of an earlier run, to be reported instead of measuring. */
  from: string | undefined;
  help: boolean;
}

/** What the command line is checked against. */
export interface KnownSuite {
  name: string;
  summary: string;
  candidates: readonly string[];
  measures: readonly string[];
  rounds: number;
  options: readonly (keyof Options)[];
}

const COMMON: readonly (keyof Options)[] = ['suite', 'rounds', 'only', 'measures', 'json', 'write', 'from', 'help'];

const LINES = {
  suite: '--suite NAME       what is measured (end-to-end)',
  rounds: '--rounds N         rounds, each of which takes every candidate once for every measure',
  only: '--only NAME,...    candidates',
  measures: '--measures NAME,...',
  json: '--json FILE        write the result there instead of to bench/results/SUITE-DATE.json',
  write: '--write            write the section of docs/performance.md as well, and docs/performance/',
  from: '--from FILE        report the result of an earlier run, measure nothing',
  help: '--help             this text',
  seconds: '--seconds N        of each single measurement (3)',
  flows: '--flows N,...      numbers of flows (1,100000,900000)',
  packets: '--packets N        of each single measurement (500000)',
  beside: '--beside DIR,...   other built checkouts of Weir, measured in the same rounds',
  object: '--object FILE      an XDP object, measured in the same rounds',
  prog: '--prog NAME        its program',
  vm: '--vm PROGRAM       runs a command in a virtual machine whose kernel has IPVS, where this one has not',
  counted: "--counted          that machine's clock counts instructions, one a nanosecond (QEMU: -icount shift=0)",
  setup: '--setup FILE       a module that fills its maps, see bench/packet/object.ts',
} satisfies Record<keyof Options, string>;

/** The text of `--help`. */
export function helpText(suites: readonly KnownSuite[]): string {
  const own = suites.flatMap(({ name, summary, candidates, measures, rounds, options }) => [
    '',
    `${name}: ${summary}`,
    `  candidates  ${candidates.join(', ')}`,
    `  measures    ${measures.join(', ')}`,
    `  rounds      ${rounds}`,
    ...options.map((option) => `  ${LINES[option]}`),
  ]);
  return ['usage: npm run bench -- [OPTION ...]', '', ...COMMON.map((option) => `  ${LINES[option]}`), ...own].join(
    '\n',
  );
}

/**
 * Reads the command line.
 * @throws WeirError USAGE
 */
export function readOptions(argv: readonly string[], suites: readonly KnownSuite[]): Options {
  const values = parse(argv, suites);
  const suite = suites.find(({ name }) => name === values.suite);
  if (suite === undefined) {
    throw new WeirError('USAGE', 'there is no such suite', {
      expected: suites.map(({ name }) => name).join(','),
      found: values.suite,
    });
  }
  refuseForeign(values, suite);
  return {
    suite: suite.name,
    rounds: wholeNumber('rounds', values.rounds ?? String(suite.rounds), 9_999),
    seconds: wholeNumber('seconds', values.seconds ?? '3', 9_999),
    only: namesOf('only', values.only, suite.candidates),
    measures: namesOf('measures', values.measures, suite.measures),
    flows: (values.flows ?? '1,100000,900000').split(',').map((text) => wholeNumber('flows', text, 16_000_000)),
    packets: wholeNumber('packets', values.packets ?? '500000', 100_000_000),
    beside: (values.beside ?? '').split(',').filter((folder) => folder !== ''),
    ...objectOf(values),
    vm: values.vm,
    counted: values.counted ?? false,
    json: values.json,
    write: values.write ?? false,
    from: values.from,
    help: values.help ?? false,
  };
}

function parse(argv: readonly string[], suites: readonly KnownSuite[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...argv],
      options: {
        suite: { type: 'string', default: 'end-to-end' },
        rounds: text,
        seconds: text,
        only: text,
        measures: text,
        flows: text,
        packets: text,
        beside: text,
        object: text,
        prog: text,
        setup: text,
        vm: text,
        counted: flag,
        json: text,
        write: flag,
        from: text,
        help: flag,
      },
    }).values;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new WeirError('USAGE', said, { expected: helpText(suites) });
  }
}

type Values = ReturnType<typeof parse>;

function refuseForeign(values: Values, { name, options }: KnownSuite): void {
  const foreign = Object.keys(values).filter((key) => ![...COMMON, ...options].some((known) => known === key));
  if (foreign.length === 0) return;
  throw new WeirError('USAGE', `the suite ${name} has no option ${foreign.map((key) => `--${key}`).join(', ')}`, {
    expected: [...COMMON, ...options].map((key) => `--${key}`).join(' '),
  });
}

/** A file without its program measures nothing. */
function objectOf({ object, prog, setup }: Values): Pick<Options, 'object' | 'prog' | 'setup'> {
  if ((object === undefined) !== (prog === undefined) || (object === undefined && setup !== undefined)) {
    throw new WeirError('USAGE', '--object and --prog belong together, and --setup to both', {
      expected: '--object FILE --prog NAME [--setup FILE]',
    });
  }
  return { object, prog, setup };
}

function wholeNumber(name: string, text: string, most: number): number {
  if (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= most) return Number(text);
  throw new WeirError('USAGE', `--${name} takes a whole number`, { expected: `1 to ${most}`, found: text });
}

function namesOf(option: string, text: string | undefined, known: readonly string[]): string[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').filter((name) => name !== '');
  const unknown = names.filter((name) => !known.includes(name));
  if (names.length > 0 && unknown.length === 0) return names;
  throw new WeirError('USAGE', `--${option} takes names with commas between`, {
    expected: known.join(','),
    found: text,
  });
}
