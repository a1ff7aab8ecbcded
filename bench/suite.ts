import type { Facts } from './facts.ts';
import type { Options } from './options.ts';
import type { BenchRun } from './run-folder.ts';
import type { ToolName } from './tools.ts';

/** What a suite is given to work in. */
export interface World {
  /** Folder of the repository, `/` at its end. */
  root: string;
  own: BenchRun;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** Prints a line of progress. */
  say: (line: string) => void;
}

/** One kind of measurement: a section of docs/performance.md. */
export interface Suite<R extends Facts = Facts> {
  /** As on the command line and in the names of files. */
  name: string;
  /** Of its section. */
  title: string;
  /** What it measures, for `--help`. */
  summary: string;
  /** Names that `--only` and `--measures` may choose from. */
  candidates: readonly string[];
  measures: readonly string[];
  /** Rounds unless the command line says otherwise. */
  rounds: number;
  /** Options that it has beside those of all suites; others are refused. */
  options: readonly (keyof Options)[];
  tools: readonly ToolName[];
  /** Measures; what it builds stands under `world.own` and is removed by the caller. @throws the signal's reason */
  run(options: Options, world: World): Promise<R>;
  /** The result as text for a terminal. */
  terminal(result: R): string;
  /** The result as a section of the document, from its `##` on. */
  section(result: R): string;
  /** Pictures that the section shows, by file name. */
  plots?(result: R): Record<string, string>;
}
