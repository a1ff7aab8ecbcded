import { WeirError } from '../base/error.ts';
import type { Fact, Found } from './fact.ts';
import { kindOf } from './kinds/index.ts';
import type { RecordFile, SetupEntry } from './record.ts';
import { perform, shellText } from './step.ts';

/** A wanted fact beside what is there. */
export interface Observation {
  fact: Fact;
  found: Found;
  holds: boolean;
}

export interface SetupOutcome {
  /** After the set-up. */
  observations: Observation[];
  /** What was done, as one would type it. */
  done: string[];
}

export interface UndoOutcome {
  done: string[];
  /** What somebody else has changed since, and which was therefore left as it is. */
  left: Observation[];
}

/** Reads what is there. */
export async function observe(facts: readonly Fact[]): Promise<Observation[]> {
  const observations: Observation[] = [];
  for (const fact of facts) {
    const found = await kindOf(fact).read(fact);
    observations.push({ fact, found, holds: kindOf(fact).holds(fact, found) });
  }
  return observations;
}

/**
 * Makes the facts hold, and takes back those of an earlier set-up that are no longer wanted. What was there is written down
 * before the first change, and stays written down however this process ends.
 * @throws WeirError SETUP_FAILED when a step is refused; then everything is as it was before
 */
export async function setUp(file: RecordFile, command: string, facts: readonly Fact[]): Promise<SetupOutcome> {
  const unlock = file.lock();
  try {
    const old = file.read();
    const identities = new Set(facts.map(identityOf));
    const dropped = (old?.entries ?? []).filter(({ fact }) => !identities.has(identityOf(fact)));
    const now = await observe(facts);
    checkKernelHas(now);
    const before = new Map((old?.entries ?? []).map((entry) => [identityOf(entry.fact), entry.before]));
    const entries = now.map(({ fact, found }) => ({ fact, before: [...(before.get(identityOf(fact)) ?? found)] }));
    file.write(command, [...dropped, ...entries]);
    try {
      const done = await reach(dropped, facts);
      file.write(command, entries);
      return { observations: await observe(facts), done };
    } catch (error) {
      if (old === undefined) file.remove();
      else file.write(old.command, old.entries);
      throw error;
    }
  } finally {
    unlock();
  }
}

/**
 * Takes a set-up back, last things first. What is neither as wanted nor as before was changed by somebody else and stays.
 * @throws WeirError SETUP_FAILED when a step is refused; the record then stays, and the undo can be repeated
 */
export async function undo(file: RecordFile): Promise<UndoOutcome | undefined> {
  const unlock = file.lock();
  try {
    const record = file.read();
    if (record === undefined) return undefined;
    const outcome: UndoOutcome = { done: [], left: [] };
    for (const entry of record.entries.toReversed()) await takeBack(entry, outcome);
    file.remove();
    return outcome;
  } finally {
    unlock();
  }
}

async function reach(dropped: readonly SetupEntry[], facts: readonly Fact[]): Promise<string[]> {
  const outcome: UndoOutcome = { done: [], left: [] };
  const changed: { fact: Fact; found: Found }[] = [];
  try {
    for (const entry of dropped.toReversed()) {
      changed.push({ fact: entry.fact, found: await kindOf(entry.fact).read(entry.fact) });
      await takeBack(entry, outcome);
    }
    for (const fact of facts) {
      const found = await kindOf(fact).read(fact);
      const steps = kindOf(fact).apply(fact, found);
      if (steps.length > 0) changed.push({ fact, found });
      for (const step of steps) {
        await perform(step);
        outcome.done.push(shellText(step));
      }
    }
    return outcome.done;
  } catch (error) {
    for (const { fact, found } of changed.toReversed()) await restore(fact, found);
    throw error;
  }
}

async function takeBack({ fact, before }: SetupEntry, outcome: UndoOutcome): Promise<void> {
  const kind = kindOf(fact);
  const found = await kind.read(fact);
  const steps = kind.restore(fact, before, found);
  if (steps.length === 0) return;
  if (!kind.holds(fact, found)) {
    outcome.left.push({ fact, found, holds: false });
    return;
  }
  for (const step of steps) {
    await perform(step);
    outcome.done.push(shellText(step));
  }
}

async function restore(fact: Fact, before: Found): Promise<void> {
  for (const step of kindOf(fact).restore(fact, before, await kindOf(fact).read(fact))) await perform(step);
}

function checkKernelHas(observations: readonly Observation[]): void {
  const missing = observations.find(({ fact, found }) => fact.kind === 'sysctl' && found.length === 0);
  if (missing === undefined) return;
  throw new WeirError(
    'KERNEL_FEATURE_MISSING',
    `this kernel has no setting ${kindOf(missing.fact).subject(missing.fact).en}`,
    {
      fix: 'use a kernel with that protocol, or leave out what needs it',
    },
  );
}

function identityOf(fact: Fact): string {
  return kindOf(fact).identity(fact);
}
