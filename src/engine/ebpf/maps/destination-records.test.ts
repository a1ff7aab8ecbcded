import { expect, test } from 'vitest';
import type { DestinationRecord } from '../../../kernel/abi.generated.ts';
import { DestinationRecords, RecordRow } from './destination-records.ts';

function record(weight: number): DestinationRecord {
  const numbers = { port: 80, tunnelPort: 0, family: 2, method: 1, flags: 1, tunnel: 0, tunnelChecksum: 0, cell: 0 };
  const limits = { upperThreshold: 0xffff_ffff, lowerThreshold: 0, service: 7, generation: 9 };
  return { address: [0xc0a80001, 0, 0, 0], source: [1, 2, 3, 4], ...numbers, ...limits, weight, lastWeight: -1 };
}

test('a record is read back as it was written, and differs from any other', () => {
  const row = RecordRow.ofLength(2);
  row.write(0, record(1));
  row.write(1, record(2));
  const records = new DestinationRecords(8);
  expect([records.has(5), records.get(5), records.isSame(5, row, 0)]).toEqual([false, undefined, false]);

  records.set(5, row, 1);

  expect(records.get(5)).toEqual(record(2));
  expect([records.isSame(5, row, 0), records.isSame(5, row, 1)]).toEqual([false, true]);
});

test('records are counted, and their indices told in order, until they are deleted', () => {
  const row = RecordRow.ofLength(1);
  row.write(0, record(1));
  const records = new DestinationRecords(8);
  for (const index of [7, 0, 3, 3]) records.set(index, row, 0);
  expect([records.size, ...records.keys()]).toEqual([3, 0, 3, 7]);

  records.delete(3);
  records.delete(3);

  expect([records.size, ...records.keys()]).toEqual([2, 0, 7]);
});
