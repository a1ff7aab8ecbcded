import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/terminal/exit-codes.ts';
import { temporaryFolder } from '../../support/director.ts';
import { weir } from '../../support/weir.ts';

test('weir doctor says what was typed wrong before it looks for a director', async () => {
  const socket = join(await temporaryFolder(), 'weir.sock');
  const { code, stdout, stderr } = await weir(['doctor', '--via', 'ftp://x'], { socket });
  expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: '' });
  expect(stderr).toMatch(/^weir: --via cannot read "ftp:\/\/x"$/mu);
});
