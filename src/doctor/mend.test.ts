import { expect, test } from 'vitest';
import { applyFix, undoMendings, type Mending } from './mend.ts';

const here = { name: 'director', options: '', prefix: [] };
/** A host of the same name that is reached otherwise, as that of a lab is. */
const elsewhere = { name: 'director', options: '--lab nat-1', prefix: ['env'] };
const fix = { rule: 'ip-forward', host: 'director', command: 'true', undo: 'true' };

test('a mending is taken back where it was made, and nowhere else, whatever the host is called', async () => {
  const mending = await applyFix(fix, [elsewhere]);
  expect(mending).toEqual({ ...fix, by: '--lab nat-1' });

  const told: string[] = [];
  const tell = async ({ command }: Mending): Promise<void> => void told.push(command);
  await expect(undoMendings([mending], [here], tell)).rejects.toMatchObject({
    code: 'DOCTOR_FAILED',
    expected: 'the host behind --lab nat-1',
    fix: 'weir doctor --undo --lab nat-1',
  });
  expect(told).toEqual([]);
  await undoMendings([mending], [here, elsewhere], tell);
  expect(told).toEqual(['true']);
});

test('what was taken back is told before a later command fails', async () => {
  const made = await applyFix(fix, [here]);
  const told: (string | undefined)[] = [];
  const undone = undoMendings([{ ...made, undo: 'exit 3' }, made], [here], async ({ undo }) => void told.push(undo));
  await expect(undone).rejects.toMatchObject({ code: 'DOCTOR_FAILED', found: 'exit code 3' });
  expect(told).toEqual(['true']);
});
