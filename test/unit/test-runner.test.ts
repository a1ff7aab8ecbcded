import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** The runner of `npm test`, run as a program on suites made for the purpose. */
const RUNNER = join(import.meta.dirname, '../../scripts/test.mjs');
const REPORT = join(import.meta.dirname, '../../scripts/vitest-report.mjs');
const VITEST = join(import.meta.dirname, '../../node_modules/.bin/vitest');

interface Suite {
  name: string;
  kind: 'check' | 'vitest';
  command: string[];
  minutes?: number;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-runner-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const check = (name: string, exitCode: number): Suite => ({
  name,
  kind: 'check',
  command: ['sh', '-c', `exit ${exitCode}`],
});

/** A suite whose runner writes the given text as its report and ends with the given code. */
function reporting(report: unknown, exitCode = 0): Suite {
  const text = typeof report === 'string' ? report : JSON.stringify(report);
  const script = `require('fs').writeFileSync(process.argv[1], ${JSON.stringify(text)}); process.exit(${exitCode})`;
  return { name: 'suite', kind: 'vitest', command: ['node', '-e', script, '{report}'] };
}

const report = (passed: number, failed = 0, skipped = 0) => ({
  passed,
  failed,
  skipped,
  failures: Array.from({ length: failed }, (_, index) => ({ where: `a.test.ts > test ${index}`, reason: 'Error: no' })),
});

function suitesFile(suites: Suite[]): string {
  const path = join(folder, 'suites.mjs');
  writeFileSync(path, `export default ${JSON.stringify(suites)};`);
  return path;
}

function runTests(suites: Suite[], names: string[] = []): Promise<{ code: number; lines: string[]; errors: string }> {
  return new Promise((resolve) => {
    execFile('node', [RUNNER, '--suites', suitesFile(suites), ...names], (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      resolve({ code, lines: stdout.trimEnd().split('\n'), errors: stderr });
    });
  });
}

async function lastLineOf(suites: Suite[]): Promise<[string | undefined, number]> {
  const { code, lines } = await runTests(suites);
  return [lines.at(-1), code];
}

describe('the last line of npm test', () => {
  test('adds checks and suites', async () => {
    expect(await lastLineOf([check('a', 0), check('b', 0), reporting(report(40))])).toEqual(['42 passed, 0 failed', 0]);
  });

  test('names the skipped only where there are any', async () => {
    expect(await lastLineOf([reporting(report(5, 0, 3))])).toEqual(['5 passed, 0 failed, 3 skipped', 0]);
  });

  test('counts a failed check and goes on with the next suite', async () => {
    const { code, lines } = await runTests([check('a', 3), check('b', 0)]);
    expect(code).toBe(1);
    expect(lines.slice(-2)).toEqual(['failed: a', '1 passed, 1 failed']);
  });

  test('counts failed tests as the suite reports them', async () => {
    expect(await lastLineOf([reporting(report(7, 2), 1)])).toEqual(['7 passed, 2 failed', 1]);
  });
});

describe('a suite that did not do its work is a failure', () => {
  test('one that ran no test', async () => {
    expect(await lastLineOf([reporting(report(0))])).toEqual(['0 passed, 1 failed', 1]);
  });

  test('one whose every test is skipped', async () => {
    expect(await lastLineOf([reporting(report(0, 0, 4))])).toEqual(['0 passed, 1 failed, 4 skipped', 1]);
  });

  test('one that leaves no report', async () => {
    const suite: Suite = { name: 'suite', kind: 'vitest', command: ['true'] };
    expect(await lastLineOf([suite])).toEqual(['0 passed, 1 failed', 1]);
  });

  test('one that leaves half a report', async () => {
    expect(await lastLineOf([reporting('{"passed": 3, "fail')])).toEqual(['0 passed, 1 failed', 1]);
  });

  test('one that ends badly although every test passed', async () => {
    expect(await lastLineOf([reporting(report(9), 1)])).toEqual(['9 passed, 1 failed', 1]);
  });

  test('one whose program is not there', async () => {
    const suite: Suite = { name: 'a', kind: 'check', command: ['/nowhere/program'] };
    expect(await lastLineOf([suite])).toEqual(['0 passed, 1 failed', 1]);
  });

  test('one that is killed', async () => {
    const suite: Suite = { name: 'a', kind: 'check', command: ['sh', '-c', 'kill -9 $$'] };
    expect(await lastLineOf([suite])).toEqual(['0 passed, 1 failed', 1]);
  });

  test('one that takes longer than it may', async () => {
    const suite: Suite = { name: 'a', kind: 'check', command: ['sleep', '60'], minutes: 0.005 };
    const { code, lines } = await runTests([suite]);
    expect([lines.at(-1), code]).toEqual(['0 passed, 1 failed', 1]);
    expect(lines).toContain('a: still running after 0.005 minutes, ending it');
  });
});

describe('a choice of suites', () => {
  test('runs only those', async () => {
    const { lines } = await runTests([check('a', 1), check('b', 0)], ['b']);
    expect(lines.at(-1)).toBe('1 passed, 0 failed');
  });

  test('refuses a name that is none, and lists those there are', async () => {
    const { code, errors } = await runTests([check('a', 0), check('b', 0)], ['c']);
    expect(code).toBe(2);
    expect(errors).toBe('no such suite: c\n  there are: a, b\n');
  });
});

test('an interrupted run ends what runs, starts nothing else and is no success', async () => {
  const waiting = (name: string): Suite => ({
    name,
    kind: 'check',
    command: ['sh', '-c', 'trap "echo ended; exit 0" TERM; echo started; while :; do sleep 0.1; done'],
  });
  const suites = [waiting('a'), waiting('b'), check('c', 0)];
  const child = spawn('node', [RUNNER, '--suites', suitesFile(suites)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (!child.killed && output.match(/^started$/gmu)?.length === 2) child.kill('SIGTERM');
  });
  const code = await new Promise((resolve) => child.once('close', resolve));

  expect(code).toBe(1);
  expect(output.match(/^ended$/gmu)).toHaveLength(2);
  expect(output).not.toContain('== c');
  expect(output).toContain('interrupted by SIGTERM: not everything ran');
});

describe('a real vitest run', () => {
  const suite = (): Suite => ({
    name: 'real',
    kind: 'vitest',
    command: [VITEST, 'run', '--root', folder, '--globals', `--reporter=${REPORT}`, '--outputFile.weir={report}'],
  });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

  /** The last line and the exit code, and what is told once more of a failure, by the place that it is told for. */
  async function outcome(): Promise<{ last: [string | undefined, number]; told: (where: string) => string[] }> {
    const { code, lines } = await runTests([suite()]);
    const end = lines.slice(lines.findLastIndex((line) => line.startsWith('== real: ')));
    return {
      last: [lines.at(-1), code],
      told: (where) => {
        const from = end.indexOf(where) + 1;
        return from === 0 ? [] : end.slice(from, end.indexOf('', from)).filter((line) => line.trim() !== '');
      },
    };
  }

  test('one passes, one fails, one is skipped, one file is broken', async () => {
    write(
      'mixed.test.js',
      `test('one', () => {});
       test('two', () => expect(1).toBe(2));
       test['skip']('three', () => {});
       test['todo']('four');`,
    );
    write('broken.test.js', `throw new Error('cannot be loaded');`);

    const { last, told } = await outcome();

    expect(last).toEqual(['1 passed, 2 failed, 2 skipped', 1]);
    expect(told('mixed.test.js > two')).toEqual([
      '  AssertionError: expected 1 to be 2 // Object.is equality',
      expect.stringMatching(/Expected/),
      expect.stringMatching(/Received/),
      '  - 2',
      '  + 1',
      `  at ${join(folder, 'mixed.test.js')}:2`,
    ]);
    expect(told('broken.test.js')[0]).toBe('  Error: cannot be loaded');
  });

  test('what cannot be made ready or cleared up is a failure with its reason, and its tests did not run', async () => {
    write(
      'hooks.test.js',
      `describe('a group', () => {
         beforeAll(() => { throw Object.assign(new Error('no lab'), { found: 'no nginx', where: '/run' }) });
         test('one', () => {});
         test('two', () => {});
       });
       describe('another', () => {
         afterAll(() => { throw new Error('left something') });
         test('three', () => {});
       });`,
    );

    const { last, told } = await outcome();

    expect(last).toEqual(['1 passed, 2 failed, 2 skipped', 1]);
    const group = told('hooks.test.js > a group');
    expect(group.slice(0, 3)).toEqual(['  Error: no lab', '  found: no nginx', '  where: /run']);
    expect(told('hooks.test.js > another')[0]).toBe('  Error: left something');
  });

  test('an error that nobody caught is a failure with its reason', async () => {
    write(
      'loose.test.js',
      `test('one', async () => { void Promise.reject(new Error('loose')); await new Promise((r) => setTimeout(r, 50)); });`,
    );

    const { last, told } = await outcome();

    expect(last).toEqual(['1 passed, 1 failed', 1]);
    expect(told('outside of any test')[0]).toBe('  Error: loose');
  });
});

test('of many failures only the first are told again, and how many there are besides', async () => {
  const { lines } = await runTests([reporting(report(1, 13), 1)]);

  expect(lines.filter((line) => line.startsWith('a.test.ts > '))).toHaveLength(10);
  expect(lines).toContain('and 3 failures more, see above');
});
