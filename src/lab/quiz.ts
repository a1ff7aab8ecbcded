import { WeirError } from '../base/error.ts';
import { filled, type Language, type Words } from '../base/words.ts';
import { loadFault, type Fault } from './fault.ts';
import { resultWords } from './outcome.ts';
import type { QuizState } from './registry.ts';
import { hostOfRole, withoutHabits, type Topology } from './topology.ts';

export const LEVELS = [1, 2, 3] as const;
export type Level = (typeof LEVELS)[number];

/** Microseconds that the client waits: until ARP has given up. */
const PATIENCE = 4_000_000;

export const QUIZ_WORDS = {
  mistake: {
    en: 'Somebody has made one mistake in this network. Which one?',
    zh: '有人在这个网络里犯了一个错误。是哪一个？',
  },
  sees: { en: 'What the client sees: {seen}', zh: '客户端看到的：{seen}' },
  large: {
    en: 'What the client sees of a small request, and of one with {bytes} bytes: {seen}',
    zh: '客户端先发小请求，再发带 {bytes} 字节的请求，看到的是：{seen}',
  },
  possible: { en: 'It is one of these:', zh: '它是下面之一：' },
  right: { en: 'Right.', zh: '答对了。' },
  wrong: { en: 'No, it is not that one.', zh: '不对，不是这个。' },
  was: { en: 'It was {id}: {title}.', zh: '是 {id}：{title}。' },
  shows: { en: 'How it could be seen:', zh: '可以这样看出来：' },
  noMoreHints: { en: 'There are no more hints.', zh: '没有更多提示了。' },
  tally: { en: 'Hints taken: {hints}. Wrong answers: {wrong}.', zh: '看了 {hints} 条提示，答错 {wrong} 次。' },
} as const satisfies Record<string, Words>;

/**
 * Chooses a fault for a quiz: the same one for the same seed.
 * @param level how hard it is to find; of any level if absent
 * @throws WeirError LAB_UNKNOWN for a topology in which no such fault can be planted
 */
export async function chooseFault(topology: Topology, seed: number, level?: Level): Promise<Fault> {
  const possible = await Promise.all((topology.faults ?? []).map(loadFault));
  const fitting = possible.filter((fault) => level === undefined || fault.level === level);
  const chosen = fitting[spread(seed) % Math.max(fitting.length, 1)];
  if (chosen !== undefined) return chosen;
  throw new WeirError('LAB_UNKNOWN', `no fault of level ${level} can be planted in topology ${topology.name}`, {
    expected: `a level of ${LEVELS.filter((one) => possible.some((fault) => fault.level === one)).join(', ')}`,
  });
}

/** Neighbouring seeds shall not choose neighbouring faults: the finalizer of MurmurHash3. */
function spread(seed: number): number {
  let mixed = seed >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** What a client complains of, in the words of `weir trace`: found out in memory. */
export async function complaint(topology: Topology, { upload }: Fault, language: Language): Promise<string> {
  // More to load than the rest of `weir lab`.
  const { simulate } = await import('./simulate.ts');
  const network = await simulate(withoutHabits(topology));
  const client = hostOfRole(topology, 'client');
  const ask = (bytes: number): string => {
    const result = network.request(client, { to: topology.service, protocol: 'tcp', upload: bytes, timeout: PATIENCE });
    network.wait(2_000_000);
    return resultWords(result)[language];
  };
  const seen = [ask(0), ask(upload ?? 0)].join(language === 'zh' ? '；' : ', ');
  if (upload === undefined) return filled(QUIZ_WORDS.sees, language, { seen });
  return filled(QUIZ_WORDS.large, language, { bytes: upload, seen });
}

/** The next hint; the state counts it. */
export async function nextHint(state: QuizState, language: Language): Promise<string> {
  const { hints } = await loadFault(state.fault);
  const hint = hints[state.hints];
  if (hint === undefined) return QUIZ_WORDS.noMoreHints[language];
  state.hints++;
  return `${state.hints}/${hints.length}: ${hint[language]}`;
}

/**
 * Whether this is the fault; the state counts wrong answers.
 * @throws WeirError LAB_UNKNOWN for what is no fault that the topology can have
 */
export function isRight(state: QuizState, topology: Topology, answer: string): boolean {
  const possible = topology.faults ?? [];
  if (!possible.includes(answer)) {
    throw new WeirError('LAB_UNKNOWN', `${JSON.stringify(answer)} is no fault of topology ${topology.name}`, {
      expected: `one of ${possible.join(', ')}`,
      found: answer,
    });
  }
  if (answer === state.fault) return true;
  state.wrong++;
  return false;
}

/** The faults to choose from, one a line. */
export async function possibleFaults(topology: Topology, language: Language): Promise<string[]> {
  const faults = await Promise.all((topology.faults ?? []).map(loadFault));
  const width = Math.max(...faults.map(({ id }) => id.length));
  return [QUIZ_WORDS.possible[language], ...faults.map(({ id, title }) => `  ${id.padEnd(width)}  ${title[language]}`)];
}

/** What it was, why the network behaved so, and how that could be seen. */
export async function explanation(state: QuizState, language: Language): Promise<string[]> {
  const { id, title, follows, hints } = await loadFault(state.fault);
  const { hints: taken, wrong } = state;
  return [
    filled(QUIZ_WORDS.was, language, { id, title: title[language] }),
    follows[language],
    '',
    QUIZ_WORDS.shows[language],
    ...hints.map((hint) => `  - ${hint[language]}`),
    '',
    filled(QUIZ_WORDS.tally, language, { hints: taken, wrong }),
  ];
}
