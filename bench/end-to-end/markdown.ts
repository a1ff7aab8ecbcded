import { factsTable, wasBusy } from '../document.ts';
import { targetTable } from '../target.ts';
import { list, markdownTable } from '../text.ts';
import type { Result } from './result.ts';
import { columns, errorLines, rows } from './table.ts';

/** The result as a section of docs/performance.md. */
export function markdownSection(result: Result): string {
  const { rounds, seconds } = result;
  const method = `${rounds} rounds of ${seconds} s after a warm-up`;
  return [HEAD, factsTable(result, method), ...figures(result), setupSection(result), TAIL].join('\n\n');
}

const HEAD = `## End to end

What carries one client's traffic to one real server is exchanged, everything else stays as it is:
client, director and real server are three network namespaces in a row on one machine, joined by veth cables. By direct routing
the real server also has a cable to the client, as it is what this method is for: the replies do not come by the director. They share the machine's
processors, and client and server use most of them: a rate is what is left for forwarding, and differences between candidates
are smaller than they would be on a director of its own.`;

const TARGETS_NOTE = `What is to be reached. The middle half of the rounds lies between the figures of the fourth column. Where it holds the figure wanted, a repetition may
come out on the other side.`;

function busyNote(result: Result): string[] {
  if (!wasBusy(result)) return [];
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
    `Medians. \`x nftables\` and \`x HAProxy\` are medians of the quotients within each round, which differ a little from the
quotients of the medians. CPU seconds are those of the whole machine: client, director and server.`,
    ...busyNote(result),
    ...measures.map((measure) => `### ${measure.title}\n\n${markdownTable(columns(measure), rows(measure, took))}`),
    ...(errors.length === 0 ? ['No run had an error.'] : [`Runs with errors:\n\n${list(errors)}`]),
    ...candidates.flatMap(({ title, skipped }) => (skipped === undefined ? [] : [`Left out: ${title}: ${skipped}`])),
    ...(targets.length === 0 ? [] : [TARGETS_NOTE, targetTable(targets)]),
  ];
}

function setupSection({ candidates, sysctls }: Result): string {
  const hosts = Object.entries(sysctls).map(([host, values]) => {
    const settings = Object.entries(values).map(([key, value]) => `\`${key}=${value}\``);
    return `${host}: ${settings.join(', ')}`;
  });
  return `Set-up:

${list(candidates.map(({ title, setup }) => `**${title}**: ${setup}`))}

The real server is nginx with one worker, a fixed answer of 5 bytes and no log, and iperf3. The same in every namespace of a
kind, whatever is measured:

${list(hosts)}`;
}

const TAIL = `Every candidate has three namespaces of its own, which stand from the beginning to the end. A round takes every measure in turn,
and for it every candidate in turn (A B C ..., A B C ...), so that what is compared stands as close in time as it can, and what
else the machine does falls on all. The rates are what iperf3 counts at the receiver and what wrk prints. A run in which wrk
counted an error is marked; one that failed counts in no figure.

To repeat, as root on Linux; programs that are missing are named with their Debian package, and their candidate is left out:

    npm run bench                                       every candidate, about eight minutes
    npm run bench -- --only weir-tc,nftables --rounds 9
    npm run bench -- --write                            and write this section

Namespaces are made for the run and removed at its end, also after a failure and Ctrl-C. Nothing of the machine's own network is
touched. The samples of each round are in \`bench/results/\`.`;
