import { WeirError } from '../../src/base/error.ts';
import { commitOf, loadAverage, machineFacts } from '../machine.ts';
import type { Options } from '../options.ts';
import type { Suite, World } from '../suite.ts';
import { number } from '../text.ts';
import { freshPackets, openLane, runChecked, tableSize, type Lane, type Line } from './contestants.ts';
import { Harness } from './harness.ts';
import { isKnown, MEASURES } from './measures.ts';
import { packetSection, packetTerminal } from './report.ts';
import type { PacketResult, Row } from './result.ts';
import { judgeTargets } from './targets.ts';

/** Nanoseconds a packet of Weir's XDP program, beside the least that a director can cost. */
export const packet: Suite<PacketResult> = {
  name: 'packet',
  title: 'Processor time a packet',
  summary: 'processor time a packet in the XDP program, beside the least that a director can cost',
  candidates: ['weir'],
  measures: MEASURES.map(({ name }) => name),
  rounds: 7,
  options: ['flows', 'packets', 'beside', 'object', 'prog', 'setup'],
  tools: ['ip', 'ethtool'],
  run: measure,
  terminal: packetTerminal,
  section: packetSection,
};

async function measure(options: Options, world: World): Promise<PacketResult> {
  const { root, signal, say } = world;
  const commit = await commitOf(root);
  const machine = await machineFacts(packet.tools);
  const load: PacketResult['load'] = { before: loadAverage(), rounds: [] };
  const harness = new Harness();
  const lanes: Lane[] = [];
  const skipped: Record<string, string> = {};
  try {
    for (const one of MEASURES.filter(({ name }) => options.measures?.includes(name) ?? true)) {
      const numbers = isKnown(one) ? options.flows : [1];
      const sizes = new Set(numbers.map((flows) => tableSize(one, flows, options)));
      for (const size of sizes) {
        const sharing = numbers.filter((flows) => tableSize(one, flows, options) === size);
        say(`building ${one.name}`);
        signal.throwIfAborted();
        try {
          lanes.push(await openLane(one, sharing, options, world, harness));
        } catch (error) {
          if (!isRefusal(error)) throw error;
          skipped[one.name] = error.found?.split('\n')[0] ?? error.message;
        }
      }
    }
    const lines = lanes.flatMap((lane) => lane.lines);
    const rows: Row[] = lines.map(({ measure: { name }, flows }) => ({ measure: name, flows, samples: {} }));
    // Round 0 warms up.
    for (let round = 0; round <= options.rounds; round++) {
      for (const [place, line] of lines.entries()) await takeLine(line, rows[place], round, harness, world);
      if (round > 0) load.rounds.push(loadAverage());
    }
    return {
      suite: packet.name,
      date: new Date().toISOString(),
      commit,
      machine,
      rounds: options.rounds,
      load,
      packets: { established: options.packets, fresh: freshPackets(options) },
      rows,
      skipped,
      targets: judgeTargets(rows),
    };
  } finally {
    for (const lane of lanes) lane.close();
    harness.close();
  }
}

async function takeLine(
  { measure: { name }, flows, contestants }: Line,
  row: Row | undefined,
  round: number,
  harness: Harness,
  { signal, say }: World,
): Promise<void> {
  const found: string[] = [];
  for (const one of contestants) {
    signal.throwIfAborted();
    const nanoseconds = await runChecked(one, round, harness);
    found.push(`${one.name} ${number(nanoseconds, 1)}`);
    if (round > 0 && row !== undefined) (row.samples[one.name] ??= []).push(nanoseconds);
    // Lets Ctrl-C in: a test run blocks this thread.
    await new Promise((resolve) => setImmediate(resolve));
  }
  say(
    `${round === 0 ? 'warm-up' : `${round}`.padEnd(7)} ${name.padEnd(8)} ${number(flows, 0).padStart(9)} flows  ${found.join('  ')} ns`,
  );
}

/** True if Weir's engine has not what the measure wants. */
function isRefusal(error: unknown): error is WeirError {
  return (
    error instanceof WeirError && error.code === 'LAB_FAILED' && /does not have|not.*support/i.test(error.found ?? '')
  );
}
