import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { run } from '../../src/kernel/process.ts';
import { searchPath } from '../../src/kernel/tools.ts';
import { openLab, type Lab } from '../../src/lab/lab.ts';
import { ROOT } from './source-files.ts';

/*
 * A lesson is a document whose commands are played. In a block `sh` every line is typed on the machine, and what it prints is not
 * shown. In a block `console`, `$ ` is the prompt of the machine and `web1# ` that of a host of the lab; what follows, to the next
 * prompt, is what was printed. ` &` at the end of a line lets it go on, and `wait` prints what all of those on that host have
 * found (on standard output: what tcpdump says about itself is left out).
 */

export interface Step {
  /** Undefined on the machine itself. */
  host: string | undefined;
  line: string;
  /** What the document says it printed; undefined where that is not shown. */
  printed: string[] | undefined;
}

const PROMPT = /^(?:(?<host>\w+)#|\$) (?<line>.*)$/;

/** The lines of a document, and where in them the steps are. */
export function stepsOf(text: string): Step[] {
  const steps: Step[] = [];
  let language: string | undefined;
  for (const written of text.split('\n')) {
    const fence = /^```(\w*)$/.exec(written);
    if (fence !== null) {
      language = language === undefined ? fence[1] : undefined;
      continue;
    }
    const { host, line } = PROMPT.exec(written)?.groups ?? {};
    if (language === 'sh') steps.push({ host: undefined, line: written, printed: undefined });
    else if (language === 'console' && line !== undefined) steps.push({ host, line, printed: [] });
    else if (language === 'console') steps.at(-1)?.printed?.push(written);
  }
  return steps;
}

/** The document with other outputs. */
export function withOutputs(text: string, outputs: readonly string[][]): string {
  const rest = [...outputs];
  const lines: string[] = [];
  let language: string | undefined;
  for (const written of text.split('\n')) {
    const fence = /^```(\w*)$/.exec(written);
    if (fence !== null) language = language === undefined ? fence[1] : undefined;
    const inConsole = fence === null && language === 'console';
    if (inConsole && !PROMPT.test(written)) continue;
    lines.push(written);
    if (language === 'sh' && fence === null) rest.shift();
    if (inConsole) lines.push(...(rest.shift() ?? []));
  }
  return lines.join('\n');
}

/** What each command of a lesson printed, and what it printed in Chinese. */
export interface Printed {
  english: string[];
  chinese: string[];
}

/**
 * Plays the commands of a lesson in a lab of this id, one after the other. Where the Chinese lesson asks for Chinese, it is asked as
 * well; what only looks does not mind being run twice.
 * @param translated the steps of the Chinese lesson
 */
export async function play(steps: readonly Step[], translated: readonly Step[], id: string): Promise<Printed[]> {
  const background: Background = new Map();
  const printed: Printed[] = [];
  for (const [index, step] of steps.entries()) {
    const other = translated[index];
    const asksAgain = other !== undefined && other.line !== step.line;
    if (step.line === 'wait') {
      const found = await Promise.all(background.get(step.host ?? '') ?? []);
      background.delete(step.host ?? '');
      printed.push({
        english: linesOf(found.map(({ english }) => english).join('')),
        chinese: linesOf(found.map(({ chinese }) => chinese).join('')),
      });
      continue;
    }
    const [english, chinese] = step.line.endsWith(' &')
      ? await begin(background, id, step, asksAgain ? other : undefined)
      : await oneAfterTheOther(id, step, asksAgain ? other : undefined);
    printed.push({ english: linesOf(english), chinese: linesOf(chinese) });
  }
  return printed;
}

type Background = Map<string, Promise<{ english: string; chinese: string }>[]>;

async function oneAfterTheOther(id: string, step: Step, other?: Step): Promise<[string, string]> {
  const english = await runStep(id, step);
  return [english, other === undefined ? english : await runStep(id, other)];
}

async function runStep(id: string, { host, line }: Step): Promise<string> {
  if (host === undefined) return await onMachine(line, id);
  const { stdout, stderr } = await openLab(id).exec(host, line, { timeout: 20_000 });
  return stdout + stderr;
}

async function begin(
  background: Background,
  id: string,
  { host = '', line }: Step,
  other?: Step,
): Promise<[string, string]> {
  const started = [line, ...(other === undefined ? [] : [other.line])].map((one) =>
    inBackground(openLab(id), host, one.slice(0, -2)),
  );
  const found = Promise.all(started.map((one) => one.found)).then(([english = '', chinese = english]) => ({
    english,
    chinese,
  }));
  background.set(host, [...(background.get(host) ?? []), found]);
  await Promise.all(started.map(({ ready }) => ready));
  return ['', ''];
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** Starts a program that listens; it is ready once it has said so on standard error. */
function inBackground(lab: Lab, host: string, line: string): { found: Promise<string>; ready: Promise<unknown> } {
  const child = lab.spawn(host, line);
  const patience = setTimeout(() => child.kill(), 20_000);
  const found = textOf(child.stdout!).finally(() => clearTimeout(patience));
  return { found, ready: Promise.race([once(child.stderr!, 'data'), found]) };
}

/** Other labs may be up on the machine, so the lesson's own is named. */
async function onMachine(line: string, id: string): Promise<string> {
  const named = line
    .replace(/^weir lab up .*$/, `$& --id ${id}`)
    .replace(/^weir lab down$/, `$& ${id}`)
    .replace(/ --lab$/, `$& ${id}`);
  const env = { PATH: `${join(ROOT, 'bin')}:${searchPath()}` };
  const { code, stdout, stderr } = await run(['sh', '-c', named], { cwd: ROOT, env, timeout: 60_000 });
  if (line.startsWith('weir lab ') && code !== 0) throw new Error(`${line}: ${stderr}`);
  return stdout + stderr;
}

const ALIKE: readonly (readonly [RegExp, string])[] = [
  [/\b\d\d:\d\d:\d\d\.\d+/g, 'TIME'],
  [/(\d+\.\d+\.\d+\.\d+[.:])\d{4,5}\b/g, '$1PORT'],
  [/\b(seq|ack|win|val|ecr|id) \d+(:\d+)?/g, '$1 N'],
  [/\b\d\d:\d\d\b(?![:\w])/g, 'MM:SS'],
  [/(after|time) [\d.]+ ?(ms|milliseconds)\b/g, '$1 N $2'],
  [/= [\d./]+ ms$/g, '= N ms'],
  [/@if\d+ +/g, '@ifN '],
  [/\b(REACHABLE|STALE|DELAY|PROBE)\b/g, 'STATE'],
];

/** Lines without what differs each time: times, ports of clients, sequence numbers, numbers of interfaces. */
export function alike(lines: readonly string[]): string[] {
  const alikes = lines.map((line) => ALIKE.reduce((text, [pattern, same]) => text.replaceAll(pattern, same), line));
  // The kernel lists neighbours in the order of a hash table, which is another with every start.
  return alikes.every((line) => NEIGHBOUR.test(line)) ? alikes.toSorted() : alikes;
}

const NEIGHBOUR = /^\S+ dev \S+ lladdr /u;

export function readLesson(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function writeLesson(path: string, text: string): void {
  writeFileSync(join(ROOT, path), text);
}
