import { randomInt } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { Option, type Command } from 'commander';
import { WeirError } from '../../base/error.ts';
import { filled, type Language, type Words } from '../../base/words.ts';
import { buildLab } from '../../lab/builder.ts';
import { loadTopology, topologyNames } from '../../lab/catalogue.ts';
import { plantFaults } from '../../lab/fault.ts';
import { weirCommand } from '../../lab/guide.ts';
import { Lab } from '../../lab/lab.ts';
import { requireRoot } from '../../lab/platform.ts';
import {
  chooseFault,
  complaint,
  explanation,
  isRight,
  LEVELS,
  nextHint,
  possibleFaults,
  QUIZ_WORDS,
  type Level,
} from '../../lab/quiz.ts';
import { readLabs, updateLab, type LabRecord, type QuizState } from '../../lab/registry.ts';
import { languageOption, type LanguageOptions } from '../options/language.ts';
import { wholeNumber } from '../options/number.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { untilInterrupted } from '../terminal/interrupt.ts';
import { print } from '../terminal/output.ts';
import { reportError } from '../terminal/report-error.ts';

interface StartFlags extends LanguageOptions {
  level?: string;
  seed?: number;
  id?: string;
  prompt: boolean;
}

interface QuizFlags extends LanguageOptions {
  lab?: string;
}

const LARGEST_SEED = 0x7fff_ffff;

const WORDS = {
  hosts: { en: 'Hosts: {names}', zh: '主机：{names}' },
  prompt: {
    en: 'Type a command with its host before it (director ipvsadm -L -n; Ctrl-C ends one that goes on), the id of a fault to name it, hint, faults, or give-up.',
    zh: '输入主机名加命令（director ipvsadm -L -n；Ctrl-C 可结束正在运行的命令），或者输入故障的 id 作答，或者 hint（提示）、faults（列表）、give-up（放弃）。',
  },
  removed: { en: 'The lab is removed.', zh: '实验已拆除。' },
} as const satisfies Record<string, Words>;

/** `weir lab quiz`: a lab with a fault in it that the learner has to name. */
export function registerQuiz(lab: Command): void {
  const quiz = lab
    .command('quiz')
    .description(
      'build a lab with a fault in it, chosen at random, for you to find; at a terminal it asks, else see answer, hint, give-up',
    )
    .argument('<topology>', `one of ${topologyNames().join(', ')}, or a file`)
    .addOption(new Option('--level <level>', 'how hard it is').choices(LEVELS.map(String)))
    .option('--seed <number>', 'the same number, the same fault', wholeNumber(0, LARGEST_SEED))
    .option('--id <id>', 'the name of the lab')
    .option('--prompt', 'ask here', process.stdin.isTTY)
    .option('--no-prompt', 'keep the lab, and take the answer by another command')
    .addOption(languageOption())
    .action(start);
  const which = new Option('--lab <id>', 'which lab, where there are several quizzes');
  quiz
    .command('answer <fault>')
    .description('name the fault; the right one ends the quiz and removes its lab')
    .addOption(which)
    .addOption(languageOption())
    .action(answer);
  quiz.command('hint').description('the next hint').addOption(which).addOption(languageOption()).action(hint);
  quiz
    .command('give-up')
    .description('be told, and remove the lab')
    .addOption(which)
    .addOption(languageOption())
    .action(giveUp);
}

async function start(name: string, flags: StartFlags): Promise<void> {
  requireRoot('a lab needs root: it is made of network namespaces');
  const { lang, prompt, id, seed = randomInt(LARGEST_SEED) } = flags;
  const topology = await loadTopology(name);
  const level = LEVELS.find((one) => String(one) === flags.level);
  const fault = await chooseFault(topology, seed, level);
  const planted = await plantFaults(topology, [fault.id]);
  const sees = await complaint(planted, fault, lang);
  await untilInterrupted(async (signal) => {
    const lab = await buildLab(planted, { rules: true, keep: !prompt, signal, ...(id === undefined ? {} : { id }) });
    try {
      const state: QuizState = { fault: fault.id, hints: 0, wrong: 0 };
      lab.record.quiz = state;
      updateLab(lab.record);
      await print(await introduction(lab, { seed, level, sees }, lang));
      if (prompt) await converse(lab, state, lang, signal);
      else await print(`\n${howToAnswer(lab.id).join('\n')}\n`);
    } catch (error) {
      if (!prompt) await lab.down();
      throw error;
    } finally {
      if (prompt) await lab.down();
    }
  });
}

async function introduction(
  { id, topology }: Lab,
  { seed, level, sees }: { seed: number; level: Level | undefined; sees: string },
  language: Language,
): Promise<string> {
  return [
    topology.picture,
    '',
    `${id}: ${topology.name}${level === undefined ? '' : `, --level ${level}`}, --seed ${seed}`,
    QUIZ_WORDS.mistake[language],
    sees,
    filled(WORDS.hosts, language, { names: Object.keys(topology.hosts).join(', ') }),
    '',
    ...(await possibleFaults(topology, language)),
    '',
  ].join('\n');
}

function howToAnswer(id: string): string[] {
  const weir = weirCommand();
  return [
    `  ${weir} lab exec ${id}/HOST CMD...`,
    `  ${weir} lab quiz hint --lab ${id}`,
    `  ${weir} lab quiz answer FAULT --lab ${id}`,
    `  ${weir} lab quiz give-up --lab ${id}`,
  ];
}

/** Asks until the fault is named or given up, or until there is nothing more to read. */
async function converse(lab: Lab, state: QuizState, language: Language, signal: AbortSignal): Promise<void> {
  await print(`\n${WORDS.prompt[language]}\n`);
  const terminal = process.stdin.isTTY;
  const reader = createInterface({ input: process.stdin, output: process.stdout, terminal, prompt: '? ' });
  signal.addEventListener('abort', () => reader.close());
  let command: AbortController | undefined;
  // Ctrl-C ends the command that runs, and where none does, the quiz.
  reader.on('SIGINT', () => (command === undefined ? process.kill(process.pid, 'SIGINT') : command.abort()));
  const runThere = async (host: string, words: string): Promise<void> => {
    command = new AbortController();
    const ends = [signal, command.signal, ...(terminal ? [] : [AbortSignal.timeout(LONGEST_COMMAND)])];
    await lab.show(host, words, AbortSignal.any(ends));
    command = undefined;
  };
  try {
    reader.prompt();
    for await (const line of reader) {
      if (await isOver({ lab, state, runThere }, line.trim(), language)) return await conclude(state, language);
      signal.throwIfAborted();
      reader.prompt();
    }
    await print('\n');
  } finally {
    reader.close();
  }
}

/** Milliseconds for a command of a script, which has no Ctrl-C. */
const LONGEST_COMMAND = 60_000;

interface Conversation {
  lab: Lab;
  state: QuizState;
  runThere: (host: string, command: string) => Promise<void>;
}

/** Does what a line says. @returns true if the quiz is over */
async function isOver({ lab, state, runThere }: Conversation, line: string, language: Language): Promise<boolean> {
  const [first = '', ...rest] = line.split(/\s+/);
  if (first === '') return false;
  if (['give-up', 'exit', 'quit'].includes(first)) return true;
  if (first === 'hint') await print(`${await nextHint(state, language)}\n`);
  else if (first === 'faults') await print(`${(await possibleFaults(lab.topology, language)).join('\n')}\n`);
  else if (Object.hasOwn(lab.topology.hosts, first) && rest.length > 0) await runThere(first, line.slice(first.length));
  else return await isNamed(lab, state, line, language);
  return false;
}

async function isNamed(lab: Lab, state: QuizState, name: string, language: Language): Promise<boolean> {
  try {
    const right = isRight(state, lab.topology, name);
    await print(`${QUIZ_WORDS[right ? 'right' : 'wrong'][language]}\n`);
    return right;
  } catch (error) {
    reportError(error);
    return false;
  }
}

async function conclude(state: QuizState, language: Language): Promise<void> {
  await print(`${(await explanation(state, language)).join('\n')}\n${WORDS.removed[language]}\n`);
}

async function answer(name: string, { lab, lang }: QuizFlags): Promise<void> {
  const { record, state } = quizOf(lab);
  const right = isRight(state, record.topology, name);
  await print(`${QUIZ_WORDS[right ? 'right' : 'wrong'][lang]}\n`);
  if (right) return await end(record, state, lang);
  updateLab(record);
  process.exitCode = EXIT.failed;
}

async function hint({ lab, lang }: QuizFlags): Promise<void> {
  const { record, state } = quizOf(lab);
  await print(`${await nextHint(state, lang)}\n`);
  updateLab(record);
}

async function giveUp({ lab, lang }: QuizFlags): Promise<void> {
  const { record, state } = quizOf(lab);
  await end(record, state, lang);
}

async function end(record: LabRecord, state: QuizState, language: Language): Promise<void> {
  await new Lab(record).down();
  await conclude(state, language);
}

/** The lab of the quiz that is meant. @throws WeirError LAB_UNKNOWN where there is none, or no telling which */
function quizOf(id?: string): { record: LabRecord; state: QuizState } {
  requireRoot('labs are made of network namespaces, which only root can use');
  const quizzes = readLabs().flatMap((record) => (record.quiz === undefined ? [] : [{ record, state: record.quiz }]));
  const meant = quizzes.filter(({ record }) => id === undefined || record.id === id);
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return only;
  const ids = quizzes.map(({ record }) => record.id);
  if (ids.length === 0) throw new WeirError('LAB_UNKNOWN', 'there is no quiz', { fix: 'begin one: weir lab quiz nat' });
  throw new WeirError('LAB_UNKNOWN', 'which quiz is meant?', { expected: `--lab with one of ${ids.join(', ')}` });
}
