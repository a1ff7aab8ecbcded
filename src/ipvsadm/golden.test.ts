import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  comparable,
  HOSTS,
  readGoldenSessions,
  readOwnSessions,
  SCHEDULERS,
  SERVICES,
  SURROUNDINGS,
  type CliStep,
} from '../../test/support/golden-cli.ts';
import { WeirError } from '../base/error.ts';
import { Routing } from '../lvs/routing.ts';
import type { TableContext } from '../lvs/table.ts';
import { RECORDED_DIFFERENCES } from './differences.ts';
import type { Director } from './director.ts';
import { MemoryDirector } from './memory-director.ts';
import { namesFromFiles } from './name-files.ts';
import { runIpvsadm } from './run.ts';
import { runIpvsadmRestore, runIpvsadmSave } from './wrappers.ts';

const routing = new Routing(SURROUNDINGS);
const context: TableContext = {
  schedulers: SCHEDULERS,
  persistenceEngines: new Set(['sip']),
  isUnicast: (address) => routing.isUnicast(address),
  interfaceMtu: (name) => SURROUNDINGS.interfaces[name]?.mtu,
};
const names = namesFromFiles(HOSTS, SERVICES);

/** Answers everything as a director does to somebody without privileges. */
const forbidden: Director = {
  table: refuse,
  statistics: refuse,
  zero: refuse,
  apply: refuse,
  connections: () => {
    throw permissionDenied();
  },
};

async function refuse(): Promise<never> {
  throw permissionDenied();
}

function permissionDenied(): WeirError {
  return new WeirError('PRIVILEGE_MISSING', 'permission denied', { errno: 'EPERM' });
}

interface Outcome {
  stdout: string;
  stderr: string;
  exit: number;
}

async function play({ argv: [program, ...words], stdin = '', as }: CliStep, director: Director): Promise<Outcome> {
  const outcome = { stdout: '', stderr: '', exit: 0 };
  const host = {
    stdout: (text: string) => void (outcome.stdout += text),
    stderr: (text: string) => void (outcome.stderr += text),
    stdin: async () => stdin,
    director: as === undefined ? director : forbidden,
    names,
  };
  if (program === 'ipvsadm-save') outcome.exit = await runIpvsadmSave(words, host);
  else if (program === 'ipvsadm-restore') outcome.exit = await runIpvsadmRestore(host);
  else outcome.exit = await runIpvsadm(words, host);
  return outcome;
}

function deliberateSteps(recording: string): number[] {
  return RECORDED_DIFFERENCES.filter((each) => each.recording === recording).flatMap(({ steps }) => steps);
}

const recordings = [...readGoldenSessions(), ...readOwnSessions()];

describe('the recorded sessions of ipvsadm 1.31', () => {
  test.each(recordings.map((recording) => [recording.name, recording] as const))('%s', async (name, { steps }) => {
    const director = new MemoryDirector(context);
    const different: { step: number; argv: string[]; said: Outcome; recorded: Outcome }[] = [];
    for (const [index, step] of steps.entries()) {
      const outcome = await play(step, director);
      const said = { ...outcome, stdout: comparable(step, outcome.stdout) };
      const recorded = { stdout: comparable(step, step.stdout), stderr: step.stderr, exit: step.exit };
      if (!isDeepStrictEqual(said, recorded)) different.push({ step: index, argv: step.argv, said, recorded });
    }
    const deliberate = deliberateSteps(name);
    expect(different.filter(({ step }) => !deliberate.includes(step))).toEqual([]);
    expect(different.map(({ step }) => step)).toEqual(deliberate);
  });

  test('are all there that a deliberate difference names', () => {
    const known = recordings.map(({ name }) => name);
    expect(known).toEqual(expect.arrayContaining(RECORDED_DIFFERENCES.map(({ recording }) => recording)));
  });
});
