import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Result } from '../../bench/end-to-end/result.ts';
import type { PacketResult } from '../../bench/packet/result.ts';
import { ROOT } from '../support/source-files.ts';

/** Candidates that need no program beyond those of the labs, iperf3 and nft. */
const ONLY = ['weir-tc', 'nftables'];
const MEASURES = ['upload', 'download', 'connections', 'requests'];

/** Starts the benchmark; its runs have names made of its process number. */
function start(...options: string[]) {
  return startAs([process.execPath, join(ROOT, 'bench/run.mjs'), ...options]);
}

function startAs([program = '', ...words]: string[]) {
  const child = spawn(program, words);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { child, said: () => said };
}

/** What stands of a run: its namespaces, and its folder. */
function remains(pid: number): string[] {
  const entries = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
  return [
    ...entries('/var/run/netns').filter((name) => name.startsWith(`weir-bench-${pid}-`)),
    ...entries('/run/weir-bench').filter((name) => name.startsWith(`${pid}-`)),
  ];
}

describe('a short run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-test-'));
  const file = join(folder, 'result.json');
  let result: Result;
  let pid: number;
  let said: string;

  beforeAll(async () => {
    const run = start('--rounds', '1', '--seconds', '1', '--only', ONLY.join(','), '--json', file);
    pid = run.child.pid!;
    const [code] = await once(run.child, 'close');
    said = run.said();
    if (code !== 0) throw new Error(`the benchmark ended with ${code}: ${said}`);
    result = JSON.parse(readFileSync(file, 'utf8'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('says what was measured, on what, and how', () => {
    expect(result).toMatchObject({ rounds: 1, seconds: 1, candidates: ONLY.map((name) => ({ name })) });
    expect(new Date(result.date).getTime()).toBeGreaterThan(0);
    expect(result.machine.kernel).toMatch(/^Linux \d/);
    expect(Object.keys(result.machine.versions)).toEqual(
      expect.arrayContaining(['node', 'iperf3', 'wrk', 'nginx', 'nft']),
    );
    for (const version of Object.values(result.machine.versions)) expect(version).toMatch(/^\d+[.\d]*/);
    expect(result.load.rounds.length).toBe(1);
  });

  test('has a sample without error of every candidate for every measure, with its ratio', () => {
    expect(result.measures.map(({ name }) => name)).toEqual(MEASURES);
    for (const { results } of result.measures) {
      expect(Object.keys(results)).toEqual(ONLY);
      for (const { samples, summary, cpu, ratios } of Object.values(results)) {
        expect(samples.map(({ errors }) => errors)).toEqual(['']);
        expect(summary).toEqual({ median: samples[0]?.rate, least: samples[0]?.rate, most: samples[0]?.rate });
        expect(summary?.least).toBeGreaterThan(0);
        expect(cpu).toBeGreaterThan(0);
        expect(ratios['nftables']).toBeGreaterThan(0);
      }
      expect(results['nftables']?.ratios['nftables']).toBe(1);
    }
  });

  test('judges the targets of the candidates that took part', () => {
    expect(result.targets.map(({ wanted }) => wanted)).toEqual([1.05, 1.05, 1]);
    for (const { found } of result.targets) expect(found).toBeGreaterThan(0);
  });

  test('shows progress and a table', () => {
    expect(said).toMatch(/^warm-up +upload +weir-tc /m);
    expect(said).toMatch(/^1\/1 +requests +nftables +[\d,]+ requests\/s$/m);
    expect(said).toContain(`written: ${file}`);
  });

  test('leaves nothing behind', () => {
    expect(remains(pid)).toEqual([]);
  });
});

test('the suite packet measures Weir beside the floor', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-test-'));
  const file = join(folder, 'result.json');
  const options = ['--suite', 'packet', '--measures', 'dr,new-nat', '--flows', '1,1000'];
  const { child, said } = start(...options, '--rounds', '1', '--packets', '20000', '--json', file);
  const [code] = await once(child, 'close');
  expect({ code, said: said() }).toMatchObject({ code: 0 });
  const { rows, targets }: PacketResult = JSON.parse(readFileSync(file, 'utf8'));
  expect(rows.map(({ measure, flows }) => [measure, flows])).toEqual([
    ['dr', 1],
    ['dr', 1000],
    ['new-nat', 1],
  ]);
  for (const { measure, samples } of rows) {
    // Beside direct routing stands the floor that does more, too.
    const floors = measure === 'dr' ? ['floor', 'wider'] : ['floor'];
    expect(Object.keys(samples)).toEqual(['weir', ...floors, 'nothing']);
    for (const [one] of Object.values(samples)) expect(one).toBeGreaterThan(0);
  }
  expect(targets.map(({ wanted }) => wanted)).toEqual([1.5, 2.2]);
  expect(remains(child.pid!)).toEqual([]);
  rmSync(folder, { recursive: true });
});

test('a run that is interrupted ends with 130 and leaves nothing behind', async () => {
  const { child, said } = start('--only', 'weir-xdp');
  await waitFor(() => said().includes('warm-up'), said);
  expect(remains(child.pid!).length).toBe(4);
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect(code).toBe(130);
  expect(remains(child.pid!)).toEqual([]);
});

test('what a killed run left is removed by the next', async () => {
  const killed = start('--only', 'direct');
  await waitFor(() => killed.said().includes('warm-up'), killed.said);
  killed.child.kill('SIGKILL');
  await once(killed.child, 'close');
  expect(remains(killed.child.pid!).length).toBe(4);

  const next = start('--only', 'direct');
  await waitFor(() => next.said().includes('building'), next.said);
  expect(remains(killed.child.pid!)).toEqual([]);
  next.child.kill('SIGTERM');
  const [code] = await once(next.child, 'close');
  expect(code).toBe(143);
  expect(remains(next.child.pid!)).toEqual([]);
});

test('a candidate whose program is missing is left out, with the package that has it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-test-'));
  const file = join(folder, 'result.json');
  const script = 'PATH=$PATH:/usr/sbin; f=$(command -v haproxy) && mount --bind /dev/null "$f"; exec "$@"';
  const options = [
    '--only',
    'direct,haproxy',
    '--measures',
    'requests',
    '--rounds',
    '1',
    '--seconds',
    '1',
    '--json',
    file,
  ];
  // A mount namespace of its own, in which the program cannot be executed.
  const hidden = ['unshare', '--mount', 'sh', '-c', script, 'sh', process.execPath, join(ROOT, 'bench/run.mjs')];
  const { child, said } = startAs([...hidden, ...options]);
  const [code] = await once(child, 'close');
  expect({ code, said: said() }).toMatchObject({ code: 0 });
  const result: Result = JSON.parse(readFileSync(file, 'utf8'));
  const reason = 'haproxy missing: apt-get install --no-install-recommends haproxy';
  expect(result.candidates.map(({ name, skipped }) => [name, skipped])).toEqual([
    ['direct', undefined],
    ['haproxy', reason],
  ]);
  expect(Object.keys(result.measures[0]!.results)).toEqual(['direct']);
  expect(said()).toContain(`left out: HAProxy, mode tcp: ${reason}`);
  rmSync(folder, { recursive: true });
});

test('a name that is not known ends with 2 and says which are', async () => {
  const { child, said } = start('--only', 'weir');
  const [code] = await once(child, 'close');
  expect(code).toBe(2);
  expect(said()).toContain('expected: direct,weir-tc,weir-xdp,weir-dr,weir-dr-routed,nftables,haproxy,nginx-stream');
});

/** Waits until something has come true; the benchmark needs seconds to build. */
async function waitFor(ready: () => boolean, said: () => string): Promise<void> {
  const end = performance.now() + 60_000;
  while (!ready()) {
    if (performance.now() > end) throw new Error(`the benchmark says only: ${said()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
