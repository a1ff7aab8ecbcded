import type { MeasureFacts, Result } from './result.ts';
import { columns, errorLines, number, rows, targetRatio } from './table.ts';

/** The result as docs/performance.md. */
export function markdownReport(result: Result): string {
  return [HEAD, machineSection(result), ...figures(result), setupSection(result), TAIL].join('\n\n');
}

const HEAD = `# Performance

Measured by \`npm run bench -- --write\`, which writes this file; do not edit it by hand.

What carries one client's traffic to one real server is exchanged, everything else stays as it is:
client, director and real server are three network namespaces in a row on one machine, joined by veth cables. They share its
processors, and client and server use most of them: a rate is what is left for forwarding, and differences between candidates
are smaller than they would be on a director of its own. Compare columns, not machines.`;

function machineSection({ date, commit, machine, rounds, seconds, load }: Result): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return `| | |
|---|---|
| date | ${date.slice(0, 16).replace('T', ' ')} UTC${commit === '' ? '' : `, commit ${commit}`} |
| machine | ${machine.processor}, ${machine.processors} processors, ${machine.memoryGiB} GiB |
| system | ${machine.kernel} |
| programs | ${versions.join(', ')} |
| method | ${rounds} rounds of ${seconds} s after a warm-up; load average of the machine before: ${number(load.before, 2)} |`;
}

const TARGETS_NOTE = `The middle half of the rounds lies between the figures of the fourth column. Where it holds the figure wanted, a repetition may
come out on the other side.`;

/** Load average a processor above which the machine had other work. */
const BUSY = 0.25;

function busyNote({ machine, load }: Result): string[] {
  if (load.before <= BUSY * machine.processors) return [];
  return [
    `The machine had other work while this was measured. That lowers the rates and spreads them, and its CPU time is in
the CPU seconds; the ratios, which compare within a round, are what to read.`,
  ];
}

function figures(result: Result): string[] {
  const { measures, candidates, targets } = result;
  const took = candidates.filter(({ skipped }) => skipped === undefined);
  const errors = measures.flatMap((measure) => errorLines(measure, took));
  return [
    '## Figures',
    `Medians. \`x nftables\` and \`x HAProxy\` are medians of the quotients within each round, which differ a little from the
quotients of the medians. CPU seconds are those of the whole machine: client, director and server.`,
    ...busyNote(result),
    ...measures.map((measure) => `### ${measure.title}\n\n${table(measure, rows(measure, took))}`),
    ...(errors.length === 0 ? ['No run had an error.'] : [`Runs with errors:\n\n${list(errors)}`]),
    ...candidates.flatMap(({ title, skipped }) => (skipped === undefined ? [] : [`Left out: ${title}: ${skipped}`])),
    ...(targets.length === 0 ? [] : ['## Targets', TARGETS_NOTE, targetTable(targets)]),
  ];
}

function table(measure: MeasureFacts, body: string[][]): string {
  const head = columns(measure);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...body.map(line)].join('\n');
}

function targetTable(targets: Result['targets']): string {
  const lines = targets.map(({ text, wanted, found, middle }) => {
    const spread = (middle ?? []).map((value) => number(value, 2)).join(' - ');
    const reached = found !== undefined && found >= wanted ? 'reached' : 'missed';
    return `| ${text} | ${number(wanted, 2)} | ${targetRatio(found)} | ${spread} | ${reached} |`;
  });
  return ['| | wanted | found | half of the rounds | |', '|---|---:|---:|---:|---|', ...lines].join('\n');
}

function setupSection({ candidates, sysctls }: Result): string {
  const hosts = Object.entries(sysctls).map(([host, values]) => {
    const settings = Object.entries(values).map(([key, value]) => `\`${key}=${value}\``);
    return `${host}: ${settings.join(', ')}`;
  });
  return `## Set-up

${list(candidates.map(({ title, setup }) => `**${title}**: ${setup}`))}

The real server is nginx with one worker, a fixed answer of 5 bytes and no log, and iperf3. The same in every namespace of a
kind, whatever is measured:

${list(hosts)}`;
}

const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');

const TAIL = `## Method

Every candidate has three namespaces of its own, which stand from the beginning to the end. A round takes every measure in turn,
and for it every candidate in turn (A B C ..., A B C ...), so that what is compared stands as close in time as it can, and what
else the machine does falls on all. The rates are what iperf3 counts at the receiver and what wrk prints. A run in which wrk
counted an error is marked; one that failed counts in no figure.

## To repeat

As root on Linux; programs that are missing are named with their Debian package, and their candidate is left out:

    npm run bench                                       every candidate, about eight minutes
    npm run bench -- --only weir-tc,nftables --rounds 9
    npm run bench -- --write                            and write this file

Namespaces are made for the run and removed at its end, also after a failure and Ctrl-C. Nothing of the machine's own network is
touched. The samples of each round are in \`bench/results/\`.
`;
