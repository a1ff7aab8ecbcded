import type { Spelling } from './options.ts';

export type PoptStep =
  | { kind: 'option'; spelling: Spelling; value: string | undefined }
  /** `word` is the word of the command line in which the error stands. */
  | { kind: 'error'; word: string; reason: string }
  | { kind: 'end' };

/** The spellings of a program's options, ready to be looked up. */
export class PoptTable {
  readonly long = new Map<string, Spelling>();
  readonly short = new Map<string, Spelling>();

  constructor(spellings: readonly Spelling[]) {
    for (const spelling of spellings) {
      this.long.set(spelling.long, spelling);
      if (spelling.short !== undefined) this.short.set(spelling.short, spelling);
    }
  }
}

/**
 * Reads options as the library popt does, of which ipvsadm makes use: short options cluster (`-Ln`), the value of an option is
 * the rest of its word or the next word, with an equals sign or without (`-t=A`, `-tA`, `-t A`, `--tcp-service=A`), long names
 * are never abbreviated, and everything else is an argument, wherever it stands. Recorded in popt-syntax.
 */
export class PoptReader {
  readonly #words: readonly string[];
  readonly #table: PoptTable;
  readonly #arguments: string[] = [];
  #next = 0;
  /** What is left of a word with clustered short options. */
  #cluster = '';
  #onlyArguments = false;

  /** @param words the command line without the name of the program */
  constructor(words: readonly string[], table: PoptTable) {
    this.#words = words;
    this.#table = table;
  }

  /** The word that was read last, be it an option or its value. */
  get lastWord(): string {
    return this.#words[this.#next - 1] ?? '';
  }

  /** The words that are no options, as far as they have been read. */
  get arguments(): readonly string[] {
    return this.#arguments;
  }

  next(): PoptStep {
    if (this.#cluster !== '') return this.#shortOption();
    const word = this.#words[this.#next];
    if (word === undefined) return { kind: 'end' };
    this.#next += 1;
    if (this.#onlyArguments || !word.startsWith('-') || word === '-') {
      this.#arguments.push(word);
      return this.next();
    }
    if (word === '--') {
      this.#onlyArguments = true;
      return this.next();
    }
    if (word.startsWith('--')) return this.#longOption(word.slice(2));
    this.#cluster = word.slice(1);
    return this.#shortOption();
  }

  #longOption(text: string): PoptStep {
    const equals = text.indexOf('=');
    const spelling = this.#table.long.get(equals < 0 ? text : text.slice(0, equals));
    if (spelling === undefined) return this.#error('unknown option');
    return this.#withValue(spelling, equals < 0 ? undefined : text.slice(equals + 1));
  }

  #shortOption(): PoptStep {
    const spelling = this.#table.short.get(this.#cluster.charAt(0));
    if (spelling === undefined) return this.#error('unknown option');
    const rest = this.#cluster.slice(1);
    if (spelling.value === 'none') {
      this.#cluster = rest;
      return this.#withValue(spelling, rest.startsWith('=') ? rest : undefined);
    }
    this.#cluster = '';
    return this.#withValue(spelling, rest === '' ? undefined : rest.replace(/^=/, ''));
  }

  #withValue(spelling: Spelling, attached: string | undefined): PoptStep {
    if (spelling.value === 'none') {
      if (attached !== undefined) return this.#error('option does not take an argument');
      return { kind: 'option', spelling, value: undefined };
    }
    if (attached !== undefined) return { kind: 'option', spelling, value: attached };
    const word = this.#words[this.#next];
    if (word === undefined && spelling.value === 'required') return this.#error('missing argument');
    // An optional value is not looked for in a word that could be an option.
    if (word === undefined || (spelling.value === 'optional' && word.startsWith('-'))) {
      return { kind: 'option', spelling, value: undefined };
    }
    this.#next += 1;
    return { kind: 'option', spelling, value: word };
  }

  #error(reason: string): PoptStep {
    return { kind: 'error', word: this.lastWord, reason };
  }
}
