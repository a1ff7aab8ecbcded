import { WeirError } from '../base/error.ts';
import type { Diagnosis, Fix } from './finding.ts';
import { runScript, type Shell } from './probes/shell.ts';

/** A mended fault, and how to take the mending back. */
export interface Mending {
  rule: string;
  host: string;
  /** The options that the host was reached with: there may be others of its name, in another lab. */
  by: string;
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
  const shell = shells.find(({ name }) => name === fix.host);
  if (shell === undefined) {
    throw new WeirError('DOCTOR_FAILED', `${fix.host} cannot be reached from here`, {
      expected: `one of ${shells.map(({ name }) => name).join(', ')}`,
      fix: `type it there: ${fix.command}`,
    });
  }
  await typeAt(shell, fix.command);
  return { rule: fix.rule, host: fix.host, by: shell.options, command: fix.command, undo: fix.undo };
}

/**
 * Takes mendings back, the last one first. All hosts must be reached the way they were when they were mended.
 * @param onUndone told after each
 * @throws WeirError DOCTOR_FAILED before anything is taken back where a host is not among them, or when a command fails
 */
export async function undoMendings(
  mendings: readonly Mending[],
  shells: readonly Shell[],
  onUndone: (mending: Mending) => Promise<void> = async () => {},
): Promise<void> {
  const found = mendings.toReversed().map((mending) => ({ mending, shell: shellOf(mending, shells) }));
  for (const { mending, shell } of found) {
    if (mending.undo !== undefined) await typeAt(shell, mending.undo);
    await onUndone(mending);
  }
}

function shellOf({ host, by, command }: Mending, shells: readonly Shell[]): Shell {
  const shell = shells.find((one) => one.name === host && one.options === by);
  if (shell !== undefined) return shell;
  throw new WeirError('DOCTOR_FAILED', `${host}, where \`${command}\` was typed, is not looked at here`, {
    expected: by === '' ? 'this host, without --lab and --via' : `the host behind ${by}`,
    found: shells.map(({ name, options }) => `${name} ${options}`.trim()).join(', '),
    fix: `weir doctor --undo ${by}`.trim(),
  });
}

async function typeAt(shell: Shell, command: string): Promise<void> {
  const { code, stderr } = await runScript(shell, command);
  if (code === 0) return;
  throw new WeirError('DOCTOR_FAILED', `a command failed on ${shell.name}`, {
    found: stderr.trim() || `exit code ${code}`,
    where: command,
  });
}
