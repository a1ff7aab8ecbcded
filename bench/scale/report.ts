import { factsTable } from '../document.ts';
import { linePlot } from '../plot.ts';
import { median, pairedQuotients, percentile, quartiles } from '../statistics.ts';
import { targetLines, targetTable, type TargetResult } from '../target.ts';
import { alignColumns, markdownTable, number } from '../text.ts';
import type { Point, ScaleResult } from './result.ts';

const CURVES: Readonly<Record<string, { title: string; axis: string }>> = {
  connections: { title: 'One service, one real server, more connections', axis: 'connections' },
  'servers-rr': { title: 'One service with rr, more real servers', axis: 'real servers' },
  'servers-wlc': { title: 'One service with wlc, more real servers', axis: 'real servers' },
};

export function judgeTargets({
  curves,
  table,
  masqueraded,
  transaction,
}: Pick<ScaleResult, 'curves' | 'table' | 'masqueraded' | 'transaction'>): TargetResult[] {
  const targets: TargetResult[] = [];
  const at = (count: number): Point | undefined => curves['servers-wlc']?.find((point) => point.at === count);
  const growth = pairedQuotients(at(4096)?.fresh ?? [], at(16)?.fresh ?? []);
  if (growth.length > 0) {
    const text = 'wlc, a new connection with 4,096 real servers, times that with 16';
    targets.push({ text, wanted: 8, kind: 'most', found: median(growth), middle: quartiles(growth) });
  }
  if (table !== undefined) {
    const { bytesAnEntry } = table;
    targets.push({ text: 'bytes a connection, DR and TUN', wanted: 160, kind: 'most', found: bytesAnEntry });
    if (masqueraded !== undefined)
      targets.push({ text: 'bytes a connection, NAT', wanted: 160, kind: 'most', found: masqueraded * bytesAnEntry });
    const ratio = pairedQuotients(table.sweep, table.read);
    const text = 'a sweep, times reading the table from user space';
    targets.push({ text, wanted: 0.4, kind: 'most', found: median(ratio), middle: quartiles(ratio) });
    const held = 'milliseconds that a sweep keeps a processor without a break';
    targets.push({ text: held, wanted: 1, kind: 'most', found: table.longest * 1000 });
  }
  if (transaction !== undefined) {
    const text = `seconds of a transaction of ${number(transaction.services, 0)} services, ${number(transaction.destinations, 0)} real servers`;
    targets.push({ text, wanted: 3, kind: 'most', found: transaction.seconds });
    targets.push({
      text: 'milliseconds until packets see one other weight among them, 99th percentile',
      wanted: 5,
      kind: 'most',
      found: percentile(transaction.weightChanges, 0.99),
    });
  }
  return targets;
}

function rows(points: readonly Point[], axis: string): string[][] {
  const head = [axis, 'ns a packet', 'min - max', 'ns a new connection', 'min - max'];
  const range = (values: readonly number[]): string[] => [
    number(median(values), 0),
    `${number(Math.min(...values), 0)} - ${number(Math.max(...values), 0)}`,
  ];
  return [head, ...points.map(({ at, established, fresh }) => [number(at, 0), ...range(established), ...range(fresh)])];
}

function facts({ table, transaction }: ScaleResult): string[] {
  return [
    ...(table === undefined
      ? []
      : [
          `With ${number(table.connections, 0)} connections a sweep takes ${number(median(table.sweep), 2)} s of processor time, the kernel's walk through the table with nothing done about an entry and nothing read ahead ${number(median(table.walk), 2)} s, reading the table from user space ${number(median(table.read), 2)} s; an entry takes ${number(table.bytesAnEntry, 0)} bytes.`,
        ]),
    ...(transaction === undefined
      ? []
      : [
          `A transaction of ${number(transaction.services, 0)} services with ${number(transaction.destinations, 0)} real servers in all took ${number(transaction.seconds, 2)} s; after it, one other weight takes ${number(median(transaction.weightChanges), 2)} ms.`,
        ]),
  ];
}

export function scaleTerminal(result: ScaleResult): string {
  return [
    ...Object.entries(result.curves).flatMap(([name, points]) => [
      CURVES[name]?.title ?? name,
      ...alignColumns(rows(points, CURVES[name]?.axis ?? '')),
      '',
    ]),
    ...facts(result),
    '',
    ...targetLines(result.targets),
    '',
  ].join('\n');
}

export function scaleSection(result: ScaleResult): string {
  const method = `${result.rounds} rounds after a warm-up; one size after another`;
  return [
    HEAD,
    factsTable(result, method),
    ...Object.entries(result.curves).flatMap(([name, points]) => {
      const { title = name, axis = '' } = CURVES[name] ?? {};
      const [head = [], ...body] = rows(points, axis);
      return [`${title}:`, markdownTable(head, body), `![${title}](performance/scale-${name}.svg)`];
    }),
    ...facts(result),
    targetTable(result.targets),
    TAIL,
  ].join('\n\n');
}

export function scalePlots({ curves }: ScaleResult): Record<string, string> {
  return Object.fromEntries(
    Object.entries(curves).map(([name, points]) => {
      const { title = name, axis = '' } = CURVES[name] ?? {};
      const series = [
        { title: 'a packet', points: points.map(({ at, established }) => ({ x: at, y: median(established) })) },
        { title: 'a new connection', points: points.map(({ at, fresh }) => ({ x: at, y: median(fresh) })) },
      ];
      return [`scale-${name}.svg`, linePlot({ title, x: axis, y: 'ns', series })];
    }),
  );
}

const HEAD = `## Scale

What a packet costs as the tables grow, by direct routing on XDP, in the harness of "Processor time a packet": its own share is in the figures.`;

const TAIL = `A sweep is made of many calls of a program, and on a kernel without preemption nothing else runs on the processor during one, but interrupts: packets that come by
a network card are forwarded meanwhile, those that wait for a thread wait as long as a call at most.

To repeat:

    npm run bench -- --suite scale
    npm run bench -- --suite scale --measures servers-wlc --rounds 3`;
