import { expect, test } from 'vitest';
import { type EbpfStage, onStage } from '../../src/engine/compliance/ebpf/stage.ts';
import type { Reason } from '../../src/lvs/reason.ts';
import type { Verdict } from '../../src/lvs/verdict.ts';
import { toHex } from '../../src/net/bytes.ts';
import { EPISODE_PACKETS, type Exchange, Player, playEpisode } from '../support/differential.ts';
import { inTestRuns, isDroppedByStack, isToService, onCables } from '../support/exchanges.ts';
import { withoutChoices } from '../../src/engine/compliance/frame-choices.ts';
import type { Whose } from '../../src/engine/compliance/random/cast.ts';
import { MARKS, SURROUNDINGS } from '../../src/engine/compliance/random/surroundings.ts';
import { Routing } from '../../src/lvs/routing.ts';
import { addressFromBytes } from '../../src/net/address.ts';
import { PinnedTables } from '../support/pinned-tables.ts';
import { Random } from '../../src/engine/compliance/random/random.ts';
import { TestRuns } from '../support/test-runs.ts';

/**
 * An explanation of the loaded programs says what the specification says about the same packet and tables, decision for decision, and
 * leaves every table as it was. WEIR_FUZZ_EXPLAIN and WEIR_FUZZ_SEED choose another number of packets and another beginning.
 */
const PACKETS = Number(process.env['WEIR_FUZZ_EXPLAIN'] ?? 200);
/** Taken in turn by episodes, so that each is explained in every run. */
const METHODS = ['--full-nat', '-m', '-g', '-i'] as const;
const SEED = Number(process.env['WEIR_FUZZ_SEED'] ?? 1);

test(`${PACKETS} random packets are explained as the specification explains them, and nothing changes`, async () => {
  const difference = await onStage({ surroundings: SURROUNDINGS, marks: MARKS, hook: 'tc' }, (stage) =>
    stage.rig.visit(async () => {
      const runs = new TestRuns(stage.rig.runFolder, 'tc', ['eth0', 'eth1']);
      await stage.ipvsadm('-A -t [2001:db8:9::9]:80 -s rr');
      const tables = new PinnedTables(stage.rig.runFolder);
      try {
        return await play(stage, inTestRuns(stage, runs), tables);
      } finally {
        runs.close();
        tables.close();
      }
    }),
  );
  expect(difference).toBe('');
}, 600_000);

test('so are those of clients and real servers that are the director itself', async () => {
  const difference = await onStage({ surroundings: SURROUNDINGS, marks: MARKS, hook: 'tc' }, async (stage) => {
    await stage.ipvsadm('-A -t [2001:db8:9::9]:80 -s rr');
    const tables = new PinnedTables(stage.rig.runFolder);
    try {
      return await play(stage, onCables(stage), tables, 'own');
    } finally {
      tables.close();
    }
  });
  expect(difference).toBe('');
}, 600_000);

async function play(
  stage: EbpfStage,
  exchange: Exchange,
  tables: PinnedTables,
  whose: Whose = 'others',
): Promise<string> {
  const player: Player = new Player(stage, exchange, EPISODE_PACKETS, (arrives, frame) =>
    compare(player, stage, tables, arrives, frame),
  );
  for (let episode = 0; episode * EPISODE_PACKETS < PACKETS; episode++) {
    const { steps, difference } = await playEpisode(
      player,
      new Random(SEED * 70_001 + episode),
      [METHODS[episode % METHODS.length]!],
      whose,
    );
    if (difference === '') continue;
    return `seed ${SEED}, episode ${episode}: ${difference}\n${steps.map((step) => JSON.stringify(step)).join('\n')}`;
  }
  return '';
}

async function compare(
  player: Player,
  stage: EbpfStage,
  tables: PinnedTables,
  arrives: string,
  frame: Uint8Array,
): Promise<string> {
  const packet = frame.subarray(14);
  const explain = (): Promise<Verdict> => stage.explained(packet, arrives);
  const found = ++explained % LOOK_EVERY === 0 ? await unchanging(tables, explain) : await explain();
  if (found === undefined) return `the explanation of ${toHex(packet)} changes a table`;
  player.synchronise();
  if (isToNobody(packet)) return '';
  const expected = await stage.engine.explain({ packet, interface: arrives });
  if (isLeftEarly(found, expected, isToService(frame, stage.engine.rules))) return '';
  const [want, have] = [textOf(expected, expected), textOf(found, expected)];
  return want === have ? '' : `explained ${toHex(packet)}: expected\n${want}\nfound\n${have}`;
}

/** What no service concerns is left to the stack before its options are looked at, which the stack refuses it for, and in fragments. */
function isLeftEarly(found: Verdict, expected: Verdict, isServed: boolean): boolean {
  if (found.action !== 'pass') return false;
  const isPutTogether = expected.decisions.some(({ kind }) => kind === 'reassembled') && expected.action === 'pass';
  if (found.reason === 'fragment') return !isServed && (expected.reason === 'fragment-held' || isPutTogether);
  return expected.reason === 'malformed' && found.reason === 'no-service';
}

/** Nobody's, or everybody's: the stack's, whatever the programs find out before; that they leave it to the stack is what the other comparisons show. */
function isToNobody(packet: Uint8Array): boolean {
  const target = packet[0]! >> 4 === 4 ? packet.subarray(16, 20) : packet.subarray(24, 40);
  const whole = target.length === 4 || target.length === 16;
  return whole && ['unreachable', 'broadcast'].includes(ROUTES.lookup(addressFromBytes(target)).kind);
}

const ROUTES = new Routing(SURROUNDINGS);

/** It takes longer to read all tables than to explain a packet. */
const LOOK_EVERY = 10;
let explained = 0;

/** Once a second the sweeper changes tables, so it is tried again; what changes them each time does it itself. */
async function unchanging(tables: PinnedTables, explain: () => Promise<Verdict>): Promise<Verdict | undefined> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const before = tables.digest();
    const verdict = await explain();
    if (tables.digest() === before) return verdict;
  }
  return undefined;
}

const STACK_FORWARDS: ReadonlySet<Reason> = new Set<Reason>(['icmp-to-client', 'reply-seen']);

/**
 * What the programs leave to the stack is not theirs to explain: its answers, and the frames that it sends. Nor is the way that an
 * answer takes.
 */
function textOf({ action, reason, decisions, frames }: Verdict, expected: Verdict): string {
  const dropped = isDroppedByStack(expected);
  const delivered = expected.action === 'forward' && expected.decisions.some(({ kind }) => kind === 'answer');
  const leftToStack = expected.action === 'pass' || STACK_FORWARDS.has(expected.reason) || delivered || dropped;
  const answer = decisions.findIndex(({ kind }) => kind === 'answer');
  // What the director answers itself comes in by the loopback, to be looked at as a packet of its own.
  const comesAgain = expected.decisions.some((one) => one.kind === 'answer' && ROUTES.lookup(one.to).kind === 'local');
  const end = answer < 0 ? decisions.length : leftToStack ? answer : answer + 1;
  return [
    dropped && action === 'pass' ? `${expected.action} ${expected.reason}` : `${action} ${reason}`,
    ...(dropped ? [] : decisions.slice(0, end)).map((decision) => JSON.stringify(decision)),
    ...(leftToStack || comesAgain
      ? []
      : frames.map((frame) => `${frame.interface} ${toHex(withoutChoices(frame.bytes))}`)),
  ].join('\n');
}
