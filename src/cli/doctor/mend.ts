import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import { WeirError } from '../../base/error.ts';
import { readStateFile, writeStateFile } from '../../daemon/state-file.ts';
import type { Diagnosis } from '../../doctor/finding.ts';
import { applyFix, fixesOf, undoMendings, type Mending } from '../../doctor/mend.ts';
import type { Shell } from '../../doctor/probes/shell.ts';
import { print } from '../terminal/output.ts';

const mendingsSchema = z.array(
  z.object({ rule: z.string(), host: z.string(), command: z.string(), undo: z.string().optional() }),
);

function recordPath(state: string): string {
  return join(state, 'doctor-undo.json');
}

/**
 * Shows the commands that mend, asks, types them one after another and records each before the next, so that `--undo` knows
 * also what an interrupted run has done.
 * @throws WeirError DOCTOR_FAILED, STATE_UNWRITABLE
 */
export async function mend(
  findings: readonly Diagnosis[],
  shells: readonly Shell[],
  { state, yes }: { state: string; yes: boolean },
): Promise<void> {
  const fixes = fixesOf(findings);
  if (fixes.length === 0) return await print('Nothing here can be mended by a command.\n');
  await print(fixes.map(({ host, command }) => `${host}# ${command}\n`).join(''));
  if (!yes && !(await agreed())) return await print('Nothing was changed.\n');
  const done: Mending[] = [];
  for (const fix of fixes) {
    done.push(await applyFix(fix, shells));
    await writeStateFile(recordPath(state), `${JSON.stringify(done, undefined, 2)}\n`);
  }
  await print(`${done.length} mended; \`weir doctor --undo\` takes it back.\n`);
}

async function agreed(): Promise<boolean> {
  process.stdout.write('Type these commands? [y/N] ');
  const answer = process.stdin.isTTY ? await firstLine() : await textOf(process.stdin);
  return /^y(es)?$/iu.test(answer.trim());
}

async function firstLine(): Promise<string> {
  for await (const chunk of process.stdin) return String(chunk);
  return '';
}

/** Takes the last mendings back. @throws WeirError STATE_UNREADABLE, DOCTOR_FAILED */
export async function takeBack(state: string, shells: readonly Shell[]): Promise<void> {
  const path = recordPath(state);
  const text = await readStateFile(path);
  if (text === undefined) return await print('Nothing was mended, so nothing is taken back.\n');
  const record = mendingsSchema.safeParse(JSON.parse(text));
  if (!record.success)
    throw new WeirError('STATE_UNREADABLE', 'the record of mendings cannot be read', {
      where: path,
      found: record.error.message,
    });
  const mendings = record.data.map(({ undo, ...mending }): Mending => ({ ...mending, undo }));
  const undone = await undoMendings(mendings, shells);
  await writeStateFile(path, '[]\n');
  await print(undone.map(({ host, undo }) => `${host}# ${undo ?? ''}\n`).join('') || 'Nothing is left to take back.\n');
}
