import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROOT } from '../support/source-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-bootstrap-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('scripts/bootstrap.sh refuses', () => {
  /** Runs it with programs that answer as on another machine; it never gets as far as changing anything. */
  function bootstrap(wanted: string, answers: Record<string, string>) {
    for (const [program, answer] of Object.entries(answers)) {
      writeFileSync(join(folder, program), `#!/bin/sh\necho ${answer}\n`);
      chmodSync(join(folder, program), 0o755);
    }
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    const { status, stderr } = spawnSync('sh', [join(ROOT, 'scripts/bootstrap.sh'), wanted], { env, encoding: 'utf8' });
    return { status, lines: stderr.trimEnd().split('\n') };
  }

  test('another system than Linux', () => {
    expect(bootstrap('run', { uname: 'Darwin', id: '0' })).toEqual({
      status: 1,
      lines: [
        'weir: Weir forwards in the Linux kernel, and this machine runs Darwin',
        '      Fix: run it on Linux, for example in a virtual machine with Debian 12',
      ],
    });
  });

  test('a user who is not root, and says what to type', () => {
    const { status, lines } = bootstrap('test', { id: '1000' });
    expect(status).toBe(1);
    expect(lines[0]).toMatch(/^weir: Weir needs root/);
    expect(lines[1]).toMatch(/sudo npm test$/);
  });

  test.each(['18.19.0', '20.18.3'])('Node.js %s', (version) => {
    const { status, lines } = bootstrap('unit', { node: version });
    expect(status).toBe(1);
    expect(lines[0]).toBe(`weir: Node.js ${version} is too old; Weir needs 20.19 or newer`);
    expect(lines[1]).toContain('https://nodejs.org');
  });

  test('a word it does not know', () => {
    const { status, lines } = bootstrap('everything', {});
    expect(status).toBe(1);
    expect(lines).toEqual([
      'weir: unknown: everything',
      '      Usage: sh scripts/bootstrap.sh [run | test | bench | unit]',
    ]);
  });
});

describe('scripts/modules-installed.mjs', () => {
  interface Package {
    version: string;
    optional?: boolean;
    os?: string[];
    cpu?: string[];
    libc?: string[];
  }
  const here = { os: [process.platform], cpu: [process.arch] };

  /** What it says about a folder with these packages in the lock file and these in npm's account of what it installed. */
  function differenceOf(locked: Record<string, Package>, installed: Record<string, Package> | undefined): string {
    write('package-lock.json', { packages: { '': { version: '0.1.0' }, ...locked } });
    if (installed !== undefined) {
      write('node_modules/.package-lock.json', { packages: installed });
      for (const path of Object.keys(installed)) mkdirSync(join(folder, path), { recursive: true });
    }
    return run();
  }

  function write(path: string, content: unknown): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), JSON.stringify(content));
  }

  function run(): string {
    const { status, stdout } = spawnSync('node', [join(ROOT, 'scripts/modules-installed.mjs'), folder], {
      encoding: 'utf8',
    });
    expect(status).toBe(stdout === '' ? 0 : 1);
    return stdout.trimEnd();
  }

  const zod: Record<string, Package> = { 'node_modules/zod': { version: '4.6.7' } };

  test('is content with what the lock file asks for', () => {
    expect(differenceOf(zod, zod)).toBe('');
  });

  test('sees that nothing is installed', () => {
    expect(differenceOf(zod, undefined)).toBe('nothing is installed');
  });

  test('sees a package that is missing, superfluous, of another version or deleted by hand', () => {
    expect(differenceOf(zod, {})).toBe('node_modules/zod is not installed');
    expect(differenceOf({}, zod)).toBe('node_modules/zod is not in package-lock.json');
    expect(differenceOf({ 'node_modules/zod': { version: '5.0.0' } }, zod)).toBe(
      'node_modules/zod is 4.6.7, not 5.0.0',
    );
    rmSync(join(folder, 'node_modules/zod'), { recursive: true });
    write('package-lock.json', { packages: zod });
    expect(run()).toBe('node_modules/zod is gone');
  });

  test('does not miss what is for other machines, but what is for this one', () => {
    const elsewhere = { 'node_modules/binding': { version: '1.0.0', optional: true, os: ['aix'], cpu: ['ppc64'] } };
    const musl = { 'node_modules/binding': { version: '1.0.0', optional: true, ...here, libc: ['musl'] } };
    const forThis = { 'node_modules/binding': { version: '1.0.0', optional: true, ...here } };
    expect(differenceOf(elsewhere, {})).toBe('');
    expect(differenceOf(musl, {})).toBe('');
    expect(differenceOf(forThis, {})).toBe('node_modules/binding is not installed');
  });

  test('says when there is no lock file', () => {
    expect(run()).toBe('package-lock.json is missing or unreadable');
  });
});
