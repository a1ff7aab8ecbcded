import * as fc from 'fast-check';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { operations as anyOperations, reach, table as anyTable } from '../../../../test/support/arbitrary-table.ts';
import { temporaryFolder } from '../../../../test/support/director.ts';
import { tableDifference } from '../../../lvs/difference.ts';
import type { Operation } from '../../../lvs/operation.ts';
import { DIRECT_TUNNEL, matchKey, type ServiceMatch } from '../../../lvs/service.ts';
import { emptyTable, type Table } from '../../../lvs/table.ts';
import { Journal } from './journal.ts';
import { type Plan, touchedBy } from './plan.ts';
import { startTurn } from './turn.ts';

const NO_LOG = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A change that takes away all of a table and puts all of another in its place. */
function exchange(before: Table, after: Table): Plan {
  return {
    retire: new Map(before.services.map(({ match }) => [matchKey(match), match])),
    publish: new Map(
      after.services.map((service) => [matchKey(service.match), { match: service.match, turn: startTurn(service) }]),
    ),
  };
}

/** As many services as begin a note. */
const several = anyTable.filter(({ services }) => services.length >= 2);

test('from its note any change is taken back, however much of it was written', async () => {
  const file = join(await temporaryFolder(), 'change');
  fc.assert(
    fc.property(several, anyOperations, anyOperations, (before, first, more) => {
      const half = reach(before, first);
      const journal = new Journal(file, NO_LOG);
      const plan = exchange(before, reach(half, more));
      journal.begin(before, plan);

      // What came and went within the change was never written.
      const touched = touchedBy(plan);
      const services = half.services.filter(({ match }) => touched.has(matchKey(match)));
      const found = { ...half, services, version: before.version, daemons: before.daemons };
      const restored = new Journal(file, NO_LOG).unfinished(found);

      expect(restored && tableDifference(restored, before)).toEqual([]);
      journal.end();
    }),
  );
});

test('what was written to its end, or belongs to another table, is not taken back', async () => {
  const file = join(await temporaryFolder(), 'change');
  const [before] = fc.sample(several, { numRuns: 1, seed: 1 });
  const journal = new Journal(file, NO_LOG);
  journal.begin(before!, exchange(before!, emptyTable()));

  expect(journal.unfinished({ ...before!, version: before!.version + 1 })).toBeUndefined();

  journal.end();
  expect(existsSync(file)).toBe(false);
  expect(journal.unfinished(before!)).toBeUndefined();
});

test.each(['', '{"version"', '{"version":3,"services":[]}', 'null', '5', '"kinds"'])(
  'a file that is no note of its own, %j, is none',
  async (text) => {
    const file = join(await temporaryFolder(), 'change');
    writeFileSync(file, text);
    expect(new Journal(file, NO_LOG).unfinished({ ...emptyTable(), version: 3 })).toBeUndefined();
  },
);

test('a damaged note is an error, and what stands at its place goes with the next change', async () => {
  const file = join(await temporaryFolder(), 'change');
  writeFileSync(file, '{"version":3,"kinds":[]}');
  expect(() => new Journal(file, NO_LOG).unfinished({ ...emptyTable(), version: 3 })).toThrow();
  rmSync(file);
  mkdirSync(file);
  const journal = new Journal(file, NO_LOG);
  expect(() => journal.unfinished({ ...emptyTable(), version: 3 })).toThrow('EISDIR');
  journal.end();
  expect(existsSync(file)).toBe(false);
});

test('a note of many real servers alike takes some forty bytes for each', async () => {
  const file = join(await temporaryFolder(), 'change');
  const matches = [80, 443].map((port): ServiceMatch => ({ protocol: 'tcp', address: '10.1.1.21', port }));
  const servers = Array.from({ length: 1000 }, (_, number) => `192.168.${number >> 8}.${number & 255}`);
  const alike = { port: 8080, method: 'masquerade', weight: 1, upperThreshold: 0, lowerThreshold: 0 } as const;
  const before = reach(
    emptyTable(),
    matches.flatMap((match): Operation[] => [
      { do: 'add-service', service: { match, scheduler: 'rr', schedulerFlags: 0, onePacket: false } },
      ...servers.map((address): Operation => {
        return { do: 'add-destination', match, destination: { address, ...alike, tunnel: DIRECT_TUNNEL } };
      }),
    ]),
  );
  new Journal(file, NO_LOG).begin(before, exchange(before, emptyTable()));
  expect(statSync(file).size).toBeLessThan(2 * servers.length * 40);
});
