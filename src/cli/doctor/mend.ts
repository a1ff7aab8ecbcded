import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import { WeirError } from '../../base/error.ts';
import { filled, type Language, type Words } from '../../base/words.ts';
import { readStateFile, writeStateFile } from '../../daemon/state-file.ts';
import type { Diagnosis } from '../../doctor/finding.ts';
import { applyFix, fixesOf, undoMendings, type Mending } from '../../doctor/mend.ts';
import type { Shell } from '../../doctor/probes/shell.ts';
import { hostName } from '../../doctor/report.ts';
import { print } from '../terminal/output.ts';

const mendingsSchema = z.array(
  z.object({ rule: z.string(), host: z.string(), by: z.string(), command: z.string(), undo: z.string().optional() }),
);

const WORDS = {
  nothing: { en: 'Nothing here can be mended by a command.', zh: '这里没有能用一条命令修复的问题。' },
  beyond: {
    en: '{host} is not reached from here; type there: {command}',
    zh: '从这里到不了 {host}，请在那里输入：{command}',
  },
  ask: { en: 'Type these commands? [y/N] ', zh: '执行这些命令吗？[y/N] ' },
  unchanged: { en: 'Nothing was changed.', zh: '什么都没有改动。' },
  mended: {
    en: '{count} mended; `weir doctor --undo` takes it back.',
    zh: '修复了 {count} 处；`weir doctor --undo` 可以撤销。',
  },
  none: { en: 'Nothing was mended, so nothing is taken back.', zh: '没有修复过什么，也就没有什么可撤销。' },
  kept: { en: '{host}: `{command}` stays: there is no taking it back.', zh: '{host}：`{command}` 保留：它无法撤销。' },
} as const satisfies Record<string, Words>;

function recordPath(state: string): string {
  return join(state, 'doctor-undo.json');
}

export interface MendOptions {
  /** Folder of the record. */
  state: string;
  /** Does not ask. */
  yes: boolean;
  language: Language;
  /** Where it shows the commands and asks. */
  stream: NodeJS.WriteStream;
}

/**
 * Shows the commands that mend, asks, types them one after another and records each before the next, so that `--undo` knows
 * also what an interrupted run has done.
 * @throws WeirError DOCTOR_FAILED, STATE_UNWRITABLE
 */
export async function mend(
  findings: readonly Diagnosis[],
  shells: readonly Shell[],
  { state, yes, language, stream }: MendOptions,
): Promise<void> {
  const say = (line: string): void => void stream.write(`${line}\n`);
  const all = fixesOf(findings);
  const isHere = ({ host }: { host: string }): boolean => shells.some(({ name }) => name === host);
  for (const { host, command } of all.filter((fix) => !isHere(fix)))
    say(filled(WORDS.beyond, language, { host, command }));
  const fixes = all.filter(isHere);
  if (fixes.length === 0) return say(WORDS.nothing[language]);
  for (const { host, command } of fixes) say(`${hostName(host, language)}# ${command}`);
  if (!yes && !(await agreed(WORDS.ask[language], stream))) return say(WORDS.unchanged[language]);
  const done: Mending[] = [];
  for (const fix of fixes) {
    done.push(await applyFix(fix, shells));
    await record(state, done);
  }
  say(filled(WORDS.mended, language, { count: done.length }));
}

async function record(state: string, mendings: readonly Mending[]): Promise<void> {
  await writeStateFile(recordPath(state), `${JSON.stringify(mendings, undefined, 2)}\n`);
}

async function agreed(question: string, stream: NodeJS.WriteStream): Promise<boolean> {
  stream.write(question);
  const answer = process.stdin.isTTY ? await firstLine() : await textOf(process.stdin);
  return /^y(es)?$/iu.test(answer.trim());
}

async function firstLine(): Promise<string> {
  for await (const chunk of process.stdin) return String(chunk);
  return '';
}

/** Takes the last mendings back. @throws WeirError STATE_UNREADABLE, DOCTOR_FAILED */
export async function takeBack(state: string, shells: readonly Shell[], language: Language): Promise<void> {
  const mendings = await readRecord(state);
  if (mendings.length === 0) return await print(`${WORDS.none[language]}\n`);
  const left = [...mendings];
  await undoMendings(mendings, shells, async ({ host, command, undo }) => {
    left.pop();
    await record(state, left);
    const kept = filled(WORDS.kept, language, { host, command });
    await print(undo === undefined ? `${kept}\n` : `${hostName(host, language)}# ${undo}\n`);
  });
}

/** The mendings that can be taken back, in the order in which they were made. @throws WeirError STATE_UNREADABLE */
async function readRecord(state: string): Promise<Mending[]> {
  const path = recordPath(state);
  const text = await readStateFile(path);
  if (text === undefined) return [];
  const parsed = mendingsSchema.safeParse(valueOf(text));
  if (parsed.success) return parsed.data.map(({ undo, ...mending }) => ({ ...mending, undo }));
  throw new WeirError('STATE_UNREADABLE', 'the record of mendings cannot be read', {
    where: path,
    found: parsed.error.issues[0]?.message ?? 'something else',
    fix: 'remove the file, if nothing is to be taken back',
  });
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
