import { commitOf, loadAverage, machineFacts } from '../machine.ts';
import type { Options } from '../options.ts';
import type { Suite, World } from '../suite.ts';
import { missingTools } from '../tools.ts';
import { direct, generatorAlone, nftables, weirOn, weirWithOwnServer, type LiveCandidate } from './candidates.ts';
import { judgeTargets, liveSection, liveTerminal } from './report.ts';
import type { LiveResult } from './result.ts';
import { FLOWS, takeRounds } from './rounds.ts';

/** In the order in which each round takes them. */
const CANDIDATES: readonly LiveCandidate[] = [
  weirOn('xdp', '-m'),
  weirOn('xdp', '-g'),
  weirOn('tc', '-m'),
  weirOn('tc', '-g'),
  weirWithOwnServer,
  nftables,
  direct,
  generatorAlone,
];

/** Real frames from one end to the other. */
export const live: Suite<LiveResult> = {
  name: 'live',
  title: 'Live frames',
  summary:
    'real frames of 64 bytes through NAT and DR: packets a second on one processor, what is lost, processor time',
  candidates: CANDIDATES.map(({ name }) => name),
  measures: ['frames'],
  rounds: 7,
  options: ['packets'],
  tools: ['ip', 'ethtool'],
  run: measure,
  terminal: liveTerminal,
  section: liveSection,
};

async function measure(options: Options, world: World): Promise<LiveResult> {
  const { rounds, packets, only } = options;
  const chosen = CANDIDATES.filter(({ name }) => only?.includes(name) ?? true);
  const commit = await commitOf(world.root);
  const machine = await machineFacts([...live.tools, ...chosen.flatMap(({ tools }) => tools)]);
  const before = loadAverage();
  const { samples, load } = await takeRounds(chosen, { rounds, packets }, world);
  return {
    suite: live.name,
    date: new Date().toISOString(),
    commit,
    machine,
    rounds,
    load: { before, rounds: load },
    packets,
    flows: FLOWS,
    candidates: chosen.map(factsOf),
    samples,
    targets: judgeTargets(samples),
  };
}

/** What the report says of a candidate. */
export function factsOf({ name, title, setup, tools }: LiveCandidate): LiveResult['candidates'][number] {
  const skipped = missingTools(tools);
  return { name, title, setup, ...(skipped === undefined ? {} : { skipped }) };
}
