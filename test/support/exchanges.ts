import type { EbpfStage } from '../../src/engine/compliance/ebpf/stage.ts';
import { withoutChoices } from '../../src/engine/compliance/frame-choices.ts';
import type { Reason, VerdictClass } from '../../src/lvs/reason.ts';
import { isMarkMatch } from '../../src/lvs/service.ts';
import type { Table } from '../../src/lvs/table.ts';
import type { OutgoingFrame, Verdict } from '../../src/lvs/verdict.ts';
import { addressToBytes } from '../../src/net/address.ts';
import { toHex } from '../../src/net/bytes.ts';
import type { Exchange } from './differential.ts';
import { MARKS, SURROUNDINGS } from '../../src/engine/compliance/random/surroundings.ts';
import type { TestRuns } from './test-runs.ts';

/** Frames go over the cables, through the programs as they are attached, and the stack behind them. */
export function onCables(stage: EbpfStage): Exchange {
  return (arrives, frame, { action, reason, frames }) => {
    if (action === 'pass' && isDeliveredByMark(frame)) return '';
    // A cable takes no frame that ends within the headers which its own MTU counts.
    const compared = reason === 'local-server' ? 'forward' : action;
    const found = frameTexts(stage.forwarded(arrives, frame), compared, arrives);
    const expected = frameTexts(frames, compared, arrives);
    return expected === found ? '' : `frames (${reason}): expected\n${expected}\nfound\n${found}`;
  };
}

/** What the specification drops, and the programs leave to the stack, which does so, if they have not looked for a way themselves. */
const DROPPED_BY_STACK: ReadonlySet<Reason> = new Set<Reason>([
  'ip-checksum',
  'truncated',
  'ttl-expired',
  'too-big',
  'martian-source',
]);

/** Fragments of what is not the director's are put together by the stack. */
export function isToService(frame: Uint8Array, { services }: Table): boolean {
  const served = services.flatMap(({ match }) => (isMarkMatch(match) ? [] : [match.address]));
  return isTo(frame, [...served, ...MARKED]);
}

/** What the programs leave to the stack is delivered by its mark in the specification; this stack has no marks, and forwards it. */
function isDeliveredByMark(frame: Uint8Array): boolean {
  return isTo(frame, DELIVERED);
}

function isTo(frame: Uint8Array, addresses: readonly string[]): boolean {
  const targets = new Set([toHex(frame.subarray(30, 34)), toHex(frame.subarray(38, 54))]);
  return addresses.some((address) => targets.has(toHex(addressToBytes(address))));
}

const addressOf = ({ daddr }: { daddr: string }): string => daddr.replace(/\/.*/, '');
const MARKED: readonly string[] = MARKS.map(addressOf);
const DELIVERED: readonly string[] = MARKS.filter(
  ({ mark }) => SURROUNDINGS.deliveredMarks?.includes(mark) === true,
).map(addressOf);

/** Ethernet and IP header: the kernel runs no program on less. */
function leastFrame(frame: Uint8Array): number {
  return frame[12] === 0x86 ? 54 : 34;
}

export function isDroppedByStack({ reason, decisions }: Pick<Verdict, 'reason' | 'decisions'>): boolean {
  return DROPPED_BY_STACK.has(reason) && !decisions.some(({ kind }) => kind === 'route');
}

/** Frames go through test runs of the attached programs; the stack behind them sees nothing. */
export function inTestRuns(stage: EbpfStage, runs: TestRuns): Exchange {
  return (arrives, frame, { action, reason, frames, decisions }) => {
    if (frame.length < leastFrame(frame)) return '';
    const { verdict, frame: sent } = runs.run(arrives, frame);
    if (verdict === 'pass') {
      const may =
        action === 'pass' ||
        reason === 'icmp-to-client' ||
        reason === 'reply-seen' ||
        isDroppedByStack({ reason, decisions }) ||
        (reason === 'fragment-held' && !isToService(frame, stage.engine.rules));
      return may ? '' : `expected ${action} (${reason}), found that it passes`;
    }
    const isGivenBack = action === 'pass' && verdict === 'drop' && decisions.some(({ kind }) => kind === 'reassembled');
    if (action === 'pass' && !isGivenBack) return `expected that it passes (${reason}), found ${verdict}`;
    // What the stack makes of it, which has no marks here, is compared where it forwards it.
    const back = isGivenBack ? stage.rig.wire.collect().map(({ bytes }) => bytes) : [];
    if (isGivenBack && frames.length === 0) return '';
    const left = isGivenBack
      ? back
      : sent === undefined
        ? frames.length > 0
          ? stage.rig.wire.collect().map(({ bytes }) => bytes)
          : []
        : [sent];
    const text = (list: readonly Uint8Array[]): string =>
      list
        .map((one) => toHex(withoutChoices(one)))
        .sort()
        .join('\n');
    const [expected, found] = [text(frames.map(({ bytes }) => bytes)), text(left)];
    return expected === found ? '' : `frames (${reason}): expected\n${expected}\nfound ${verdict}\n${found}`;
  };
}

/**
 * Frames by interface. Of what passes to the stack, what goes back where it came from is left out: the stack's own answers, which are
 * no concern of the programs.
 */
export function frameTexts(frames: readonly OutgoingFrame[], action: VerdictClass, arrived: string): string {
  return frames
    .filter(({ interface: name }) => action !== 'pass' || name !== arrived)
    .map(({ interface: name, bytes }) => `${name} ${toHex(withoutChoices(bytes))}`)
    .sort()
    .join('\n');
}
