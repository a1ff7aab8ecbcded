import { WeirError } from '../base/error.ts';
import type { Diagnosis, Fix } from './finding.ts';
import { runScript, type Shell } from './probes/shell.ts';

/** A mended fault, and how to take the mending back. */
export interface Mending {
  rule: string;
  host: string;
  command: string;
  undo: string | undefined;
}

/** The fixes of findings, each once, in the order of the findings. */
export function fixesOf(findings: readonly Diagnosis[]): (Fix & { rule: string })[] {
  const seen = new Set<string>();
  return findings.flatMap(({ rule, fix }) => {
    const key = `${fix?.host ?? ''} ${fix?.command ?? ''}`;
    if (fix === undefined || seen.has(key)) return [];
    seen.add(key);
    return [{ rule, ...fix }];
  });
}

/**
 * Types one fix at its host.
 * @throws WeirError DOCTOR_FAILED when the command fails there; TOOL_MISSING
 */
export async function applyFix(fix: Fix & { rule: string }, shells: readonly Shell[]): Promise<Mending> {
  await typeAt(fix.host, fix.command, shells);
  return { rule: fix.rule, host: fix.host, command: fix.command, undo: fix.undo };
}

/** Takes mendings back, the last one first. @returns those that had an undo */
export async function undoMendings(mendings: readonly Mending[], shells: readonly Shell[]): Promise<Mending[]> {
  const done: Mending[] = [];
  for (const mending of mendings.toReversed()) {
    if (mending.undo === undefined) continue;
    await typeAt(mending.host, mending.undo, shells);
    done.push(mending);
  }
  return done;
}

async function typeAt(host: string, command: string, shells: readonly Shell[]): Promise<void> {
  const shell = shells.find(({ name }) => name === host);
  if (shell === undefined) {
    throw new WeirError('DOCTOR_FAILED', `${host} cannot be reached from here`, {
      expected: `one of ${shells.map(({ name }) => name).join(', ')}`,
      fix: `type it there: ${command}`,
    });
  }
  const { code, stderr } = await runScript(shell, command);
  if (code === 0) return;
  throw new WeirError('DOCTOR_FAILED', `a fix failed on ${host}`, {
    found: stderr.trim() || `exit code ${code}`,
    where: command,
  });
}
