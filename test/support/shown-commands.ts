/** A block between fences in a document. */
export interface Block {
  language: string;
  lines: string[];
  /** The heading that it stands under, without the signs before it. */
  section: string;
}

/** A command that a document shows, split into words; `bin/weir` and `/sbin/ipvsadm` are `weir` and `ipvsadm`. */
export interface ShownCommand {
  words: string[];
  /** In a block: to be typed as it is. Otherwise part of a sentence, which may leave things out or name them in capitals. */
  whole: boolean;
}

/** All headings of a document, in order. */
export function headings(text: string): string[] {
  return [...proseOf(text).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title);
}

export function blocks(text: string): Block[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(({ 1: language = '', 2: body = '', index }) => ({
    language,
    lines: body.replace(/\n$/, '').split('\n'),
    section: headings(text.slice(0, index)).at(-1) ?? '',
  }));
}

/** The lines of a block that are typed; in a `console` block those with a prompt, such as `director# ipvsadm -L -n`. */
export function typedLines({ language, lines }: Block): string[] {
  if (language === 'sh') return lines;
  if (language !== 'console') return [];
  return lines.flatMap((line) => PROMPT.exec(line)?.groups?.['line'] ?? []);
}

export const PROMPT = /^(?<host>\w+)# (?<line>.*)$/;

/** Every command of Weir and npm that a document shows, in blocks and in sentences, also those that run on a host of the lab. */
export function shownCommands(text: string): ShownCommand[] {
  const inBlocks = blocks(text).flatMap(typedLines);
  const inSentences = [...proseOf(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...commandsIn(inBlocks, true), ...commandsIn(inSentences, false)];
}

export function commandsIn(lines: readonly string[], whole: boolean): ShownCommand[] {
  return lines
    .flatMap((line) => line.replace(/(^|\s)#\s.*$/, '').split(/&&|\|\||[|;]/))
    .map((line) => wordsOf(line))
    .filter(([program = '']) => PROGRAMS.has(program))
    .flatMap((words) => [{ words, whole }, ...inner(words).map((command) => ({ words: command, whole }))]);
}

const PROGRAMS = new Set(['weir', 'ipvsadm', 'ipvsadm-save', 'ipvsadm-restore', 'npm']);

/** Without redirections, and without the folder of the program. */
function wordsOf(line: string): string[] {
  const [program = '', ...rest] = line
    .replaceAll(/[<>]\s*\S+/g, '')
    .trim()
    .split(/\s+/);
  return [program.replace(/^(?:bin|\/sbin|\/opt\/weir\/bin)\//, ''), ...rest];
}

/** What `weir lab exec HOST ...`, `weir ipvsadm ...` and `npm start -- ...` run. */
function inner(words: readonly string[]): string[][] {
  const starts = (text: string): boolean => `${words.join(' ')} `.startsWith(`${text} `);
  if (starts('weir lab exec')) return nested(words.slice(4));
  if (starts('weir ipvsadm')) return nested(words.slice(1));
  return starts('npm start --') ? [['weir', 'lab', 'show', ...words.slice(3)]] : [];
}

function nested(words: string[]): string[][] {
  return PROGRAMS.has(words[0] ?? '') ? [words] : [];
}

function proseOf(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '');
}
