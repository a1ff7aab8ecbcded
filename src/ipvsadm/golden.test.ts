import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  comparable,
  type Played,
  readGoldenSessions,
  readOwnSessions,
  SCHEDULERS,
  SURROUNDINGS,
} from '../../test/support/golden-cli.ts';
import { playInProcess } from '../../test/support/play-cli.ts';
import { WeirError } from '../base/error.ts';
import { Routing } from '../lvs/routing.ts';
import type { TableContext } from '../lvs/table.ts';
import { RECORDED_DIFFERENCES } from './differences.ts';
import type { Director } from './director.ts';
import { MemoryDirector } from './memory-director.ts';

const routing = new Routing(SURROUNDINGS);
const context: TableContext = {
  schedulers: SCHEDULERS,
  persistenceEngines: new Set(['sip']),
  isUnicast: (address) => routing.isUnicast(address),
  interfaceMtu: (name) => SURROUNDINGS.interfaces[name]?.mtu,
};

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

function deliberateSteps(recording: string): number[] {
  return RECORDED_DIFFERENCES.filter((each) => each.recording === recording).flatMap(({ steps }) => steps);
}

const recordings = [...readGoldenSessions(), ...readOwnSessions()];

describe('the recorded sessions of ipvsadm 1.31', () => {
  test.each(recordings.map((recording) => [recording.name, recording] as const))('%s', async (name, { steps }) => {
    const director = new MemoryDirector(context);
    const different: { step: number; argv: string[]; said: Played; recorded: Played }[] = [];
    for (const [index, step] of steps.entries()) {
      const outcome = await playInProcess(step, step.as === undefined ? director : forbidden);
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
