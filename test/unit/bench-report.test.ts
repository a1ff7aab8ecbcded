import { describe, expect, test } from 'vitest';
import { evaluate } from '../../bench/end-to-end/evaluate.ts';
import { markdownSection } from '../../bench/end-to-end/markdown.ts';
import { MEASURES } from '../../bench/end-to-end/measures.ts';
import { readOptions, type KnownSuite } from '../../bench/options.ts';
import type { Result, Sample } from '../../bench/end-to-end/result.ts';
import { judgeTargets } from '../../bench/end-to-end/targets.ts';
import { terminalReport } from '../../bench/end-to-end/terminal.ts';
import { targetFigure } from '../../bench/target.ts';

const ran = (rate: number): Sample => ({ rate, cpu: 10 / rate, errors: '' });
const FAILED: Sample = { rate: null, cpu: null, errors: 'iperf3: control socket has closed unexpectedly' };

const UPLOAD = evaluate(
  MEASURES.find(({ name }) => name === 'upload')!,
  {
    'weir-tc': [ran(12), ran(8), ran(10)],
    nftables: [ran(10), ran(8), ran(8)],
    haproxy: [FAILED, FAILED, FAILED],
  },
);

const RESULT: Result = {
  suite: 'end-to-end',
  date: '2026-01-02T03:04:05.678Z',
  commit: 'abc1234',
  machine: { processor: 'Example 9000', processors: 2, memoryGiB: 8, kernel: 'Linux 6.1', versions: { wrk: '4.1.0' } },
  rounds: 3,
  seconds: 1,
  load: { before: 0.25, rounds: [1, 1, 1] },
  sysctls: { client: { 'net.ipv4.tcp_tw_reuse': '1' } },
  candidates: [
    { name: 'weir-tc', title: 'Weir NAT on TC', setup: 'as it is' },
    { name: 'nftables', title: 'nftables DNAT', setup: 'one rule' },
    { name: 'haproxy', title: 'HAProxy', setup: '2 threads' },
    { name: 'nginx-stream', title: 'nginx', setup: '2 workers', skipped: 'wrk missing: apt-get install wrk' },
  ],
  measures: [UPLOAD],
  targets: judgeTargets([UPLOAD]),
};

describe('the evaluation', () => {
  test('has median, range, CPU time and ratios of every candidate', () => {
    const { summary, cpu, ratios } = UPLOAD.results['weir-tc']!;
    expect({ summary, cpu, ratios }).toEqual({
      summary: { median: 10, least: 8, most: 12 },
      cpu: 1,
      ratios: { nftables: 1.2 },
    });
  });

  test('has no figures where every run failed', () => {
    expect(UPLOAD.results['haproxy']).toEqual({ samples: [FAILED, FAILED, FAILED], ratios: {} });
  });

  test('judges only targets that were measured, and tells those that could not be computed', () => {
    expect(RESULT.targets).toEqual([
      {
        text: 'weir-tc against nftables, iperf3, one flow, client to server',
        wanted: 1.05,
        found: 1.2,
        middle: [1, 1.25],
      },
      { text: 'weir-tc against haproxy, iperf3, one flow, client to server', wanted: 1.8 },
    ]);
  });
});

test('a target tells what the machine gives without any director, as far as that was measured', () => {
  const upload = MEASURES.find(({ name }) => name === 'upload')!;
  const samples = { 'weir-tc': [ran(10.2)], nftables: [ran(10)], direct: [ran(10.4)] };
  expect(judgeTargets([evaluate(upload, samples)])).toMatchObject([
    { found: 1.02, why: 'routing alone, which rewrites nothing, comes to 1.04' },
  ]);
});

describe('the report', () => {
  test('on the terminal lines up figures, and names what failed, what was left out and what was missed', () => {
    const lines = terminalReport(RESULT).split('\n');
    expect(lines).toContain('                Gbit/s     min - max  x nftables  x HAProxy  CPU s / GB          errors');
    expect(lines).toContain('Weir NAT on TC   10.00  8.00 - 12.00        1.20                   1.00');
    expect(lines).toContain('HAProxy         failed                                                   in 3 of 3 runs');
    expect(lines).toContain('left out: nginx: wrk missing: apt-get install wrk');
    expect(lines.filter((line) => line.startsWith('! ')).length).toBe(3);
    expect(lines.filter((line) => line.startsWith('reached ')).length).toBe(1);
    expect(lines.filter((line) => line.startsWith('MISSED ')).length).toBe(1);
  });

  test('as a document has date, machine, method and the same figures', () => {
    const text = markdownSection(RESULT);
    expect(text).toContain('| date | 2026-01-02 03:04 UTC, commit abc1234 |');
    expect(text).toContain('| machine | Example 9000, 2 processors, 8 GiB |');
    expect(text).toContain('| programs | wrk 4.1.0 |');
    expect(text).toContain('| Weir NAT on TC | 10.00 | 8.00 - 12.00 | 1.20 |  | 1.00 |  |');
    expect(text).toContain(
      '- HAProxy, iperf3, one flow, client to server, round 2: iperf3: control socket has closed unexpectedly',
    );
    expect(text).toContain('- client: `net.ipv4.tcp_tw_reuse=1`');
  });

  test('says so where the machine had other work', () => {
    const busy = { ...RESULT, load: { ...RESULT.load, before: 1.5 } };
    expect(markdownSection(busy)).toContain('The machine had other work');
    expect(markdownSection(RESULT)).not.toContain('The machine had other work');
  });

  test('rounds ratios to the side of missing where they are held against a target', () => {
    expect(targetFigure({ found: 0.9999 })).toBe('0.99');
    expect(targetFigure({ found: 1 })).toBe('1.00');
    expect(targetFigure({ found: 1.2501, kind: 'most' })).toBe('1.26');
  });

  test('stays a table where every row has as many cells as its head', () => {
    const blocks = markdownSection(RESULT)
      .split('\n\n')
      .filter((block) => block.startsWith('|'));
    expect(blocks.length).toBe(3);
    for (const block of blocks) {
      const widths = block.split('\n').map((line) => line.split('|').length);
      expect(new Set(widths).size).toBe(1);
    }
  });
});

describe('the command line', () => {
  const known: KnownSuite[] = [
    {
      name: 'end-to-end',
      summary: '',
      candidates: ['direct', 'weir-tc'],
      measures: ['upload'],
      rounds: 5,
      options: ['seconds'],
    },
    {
      name: 'packet',
      summary: '',
      candidates: ['weir'],
      measures: ['dr'],
      rounds: 7,
      options: ['flows', 'object', 'prog'],
    },
  ];

  test('has five rounds of three seconds of everything, unless told otherwise', () => {
    const { rounds, seconds, only, measures } = readOptions([], known);
    expect({ rounds, seconds, only, measures }).toEqual({
      rounds: 5,
      seconds: 3,
      only: undefined,
      measures: undefined,
    });
    expect(readOptions(['--rounds', '9', '--only', 'weir-tc,direct'], known)).toMatchObject({
      rounds: 9,
      only: ['weir-tc', 'direct'],
    });
  });

  test.each([
    [['--rounds', '0']],
    [['--rounds', '1.5']],
    [['--seconds', '-3']],
    [['--only', 'weir-tc,wier']],
    [['--only', '']],
    [['--measures', 'latency']],
    [['--fast']],
    [['--suite', 'speed']],
    [['--flows', '1']],
    [['--suite', 'packet', '--seconds', '3']],
    [['--suite', 'packet', '--flows', '1,0']],
    [['--suite', 'packet', '--object', 'lb.o']],
    [['weir-tc']],
  ])('refuses %j', (argv) => {
    expect(() => readOptions(argv, known)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
