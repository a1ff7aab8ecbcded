import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { applyFix } from '../../src/doctor/mend.ts';
import { readHost } from '../../src/doctor/probes/read-host.ts';
import type { Shell } from '../../src/doctor/probes/shell.ts';
import { lockFolder } from '../../src/kernel/folder-lock.ts';
import { readText } from '../../src/setup/kinds/read.ts';
import { RecordFile } from '../../src/setup/record.ts';
import { command, perform } from '../../src/setup/step.ts';

/** SETUP_FAILED and DOCTOR_FAILED: a host, or a program on it, refuses what it is asked. */

const folder = mkdtempSync(join(tmpdir(), 'weir-refusals-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('SETUP_FAILED', () => {
  test('a program refuses a step: the line as one would type it, and its own words', async () => {
    await expect(perform(command('ip address add nonsense dev lo'))).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      where: 'ip address add nonsense dev lo',
      found: expect.stringContaining('nonsense'),
    });
  });

  test('the kernel has no such setting', async () => {
    const step = { do: 'sysctl', path: 'net/ipv4/no_such_setting', value: '1' } as const;
    await expect(perform(step)).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      where: 'sysctl -w net.ipv4.no_such_setting=1',
    });
  });

  test('the state of the host cannot be read', async () => {
    await expect(readText(['ip', '-json', 'address', 'show', 'dev', 'no-such-nic'])).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      where: 'ip -json address show dev no-such-nic',
      found: expect.stringContaining('no-such-nic'),
    });
  });

  test('another weir is at work on the same set-up', () => {
    mkdirSync(join(folder, 'setup'));
    const unlock = lockFolder(join(folder, 'setup'));
    try {
      expect(() => new RecordFile(folder, 'realserver').lock()).toThrow(
        expect.objectContaining({ code: 'SETUP_FAILED', where: join(folder, 'setup') }),
      );
    } finally {
      unlock();
    }
  });
});

describe('DOCTOR_FAILED', () => {
  const here: Shell = { name: 'this host', options: '', prefix: [] };

  test('a host answers with something that is no host', async () => {
    const deaf: Shell = {
      name: 'web1',
      options: '',
      prefix: ['sh', '-c', 'echo no route to web1 >&2; exit 255', '--'],
    };
    await expect(readHost(deaf)).rejects.toMatchObject({
      code: 'DOCTOR_FAILED',
      message: expect.stringContaining('web1'),
      found: 'no route to web1',
    });
  });

  test('the command that mends is refused', async () => {
    const fix = { rule: 'vip-missing', host: 'this host', command: 'echo RTNETLINK answers: busy >&2; exit 2' };
    await expect(applyFix(fix, [here])).rejects.toMatchObject({
      code: 'DOCTOR_FAILED',
      where: fix.command,
      found: 'RTNETLINK answers: busy',
    });
  });

  test('the host that is to be mended cannot be reached from here', async () => {
    const fix = { rule: 'vip-missing', host: '1.1.1.128', command: 'ip address add 1.1.1.130/32 dev lo' };
    await expect(applyFix(fix, [here])).rejects.toMatchObject({
      code: 'DOCTOR_FAILED',
      expected: 'one of this host',
      fix: `type it there: ${fix.command}`,
    });
  });
});
