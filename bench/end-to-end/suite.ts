import { commitOf, loadAverage, machineFacts } from '../machine.ts';
import type { Options } from '../options.ts';
import type { Suite, World } from '../suite.ts';
import { COMMON_TOOLS, missingTools } from '../tools.ts';
import { buildTrio, planTrio, SYSCTLS } from '../trio.ts';
import { CANDIDATES } from './candidates/all.ts';
import type { Candidate } from './candidates/candidate.ts';
import { evaluate } from './evaluate.ts';
import { markdownSection } from './markdown.ts';
import { MEASURES } from './measures.ts';
import type { Result } from './result.ts';
import { runRounds, type Contestant } from './rounds.ts';
import { startServers } from './servers.ts';
import { judgeTargets } from './targets.ts';
import { progressLine, terminalReport } from './terminal.ts';

const names = (listed: readonly { name: string }[]): string[] => listed.map(({ name }) => name);

/** Real TCP between real programs, through everything that can carry it. */
export const endToEnd: Suite<Result> = {
  name: 'end-to-end',
  title: 'End to end',
  summary: 'iperf3 and wrk through Weir, nftables, HAProxy and nginx; about eight minutes',
  candidates: names(CANDIDATES),
  measures: names(MEASURES),
  rounds: 5,
  options: ['seconds'],
  tools: COMMON_TOOLS,
  run: measure,
  terminal: terminalReport,
  section: markdownSection,
};

async function measure(options: Options, world: World): Promise<Result> {
  const { rounds, seconds } = options;
  const { root, signal, say } = world;
  const chosen = CANDIDATES.filter(({ name }) => options.only?.includes(name) ?? true);
  const measures = MEASURES.filter(({ name }) => options.measures?.includes(name) ?? true);
  const commit = await commitOf(root);
  const machine = await machineFacts([...COMMON_TOOLS, ...chosen.flatMap(({ tools }) => tools)]);
  const before = loadAverage();
  const contestants: Contestant[] = [];
  for (const candidate of chosen) {
    signal.throwIfAborted();
    if (missingTools(candidate.tools) === undefined) contestants.push(await prepare(candidate, world));
  }
  const report: Parameters<typeof runRounds>[2]['report'] = (progress) => say(progressLine(progress, rounds));
  const samples = await runRounds(contestants, measures, { rounds, seconds, signal, report });
  const facts = measures.map((one) => evaluate(one, samples.of[one.name] ?? {}));
  return {
    suite: endToEnd.name,
    date: new Date().toISOString(),
    commit,
    machine,
    rounds,
    seconds,
    load: { before, rounds: samples.load },
    sysctls: SYSCTLS,
    candidates: chosen.map(factsOf),
    measures: facts,
    targets: judgeTargets(facts),
  };
}

async function prepare(candidate: Candidate, { own, root, say }: World): Promise<Contestant> {
  say(`building ${candidate.name}`);
  const trio = planTrio(own.prefix, own.folder, candidate.name);
  await buildTrio(trio, candidate.nativeXdp);
  await startServers(trio);
  await candidate.start(trio, root);
  return { candidate, trio };
}

function factsOf({ name, title, setup, tools }: Candidate): Result['candidates'][number] {
  const skipped = missingTools(tools);
  return { name, title, setup, ...(skipped === undefined ? {} : { skipped }) };
}
