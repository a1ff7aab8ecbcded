import type { EbpfStage } from '../../src/engine/compliance/ebpf/stage.ts';
import type { Reason, VerdictClass } from '../../src/lvs/reason.ts';
import { isMarkMatch } from '../../src/lvs/service.ts';
import type { Table } from '../../src/lvs/table.ts';
import type { OutgoingFrame, Verdict } from '../../src/lvs/verdict.ts';
import { addressToBytes } from '../../src/net/address.ts';
import { toHex, u16 } from '../../src/net/bytes.ts';
import { ETHER_TYPE } from '../../src/net/ether-type.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import type { Exchange } from './differential.ts';
import { MARKS } from './random-rules.ts';
import type { TestRuns } from './test-runs.ts';

/** Frames go over the cables, through the programs as they are attached, and the stack behind them. */
export function onCables(stage: EbpfStage): Exchange {
  return (arrives, frame, { action, reason, frames }) => {
    // A cable takes no frame that ends within the headers which its own MTU counts.
    const compared = reason === 'local-server' ? 'forward' : action;
    const found = frameTexts(stage.forwarded(arrives, frame), compared, arrives);
    const expected = frameTexts(frames, compared, arrives);
    return expected === found ? '' : `frames (${reason}): expected\n${expected}\nfound\n${found}`;
  };
}

/** What the specification drops, and the programs leave to the stack, which does so, if they have not looked for a way themselves. */
const DROPPED_BY_STACK: ReadonlySet<Reason> = new Set<Reason>(['ip-checksum', 'truncated', 'ttl-expired', 'too-big']);

/** Fragments of what is not the director's are put together by the stack. */
function isToService(frame: Uint8Array, { services }: Table): boolean {
  const served = services.flatMap(({ match }) => (isMarkMatch(match) ? [] : [match.address]));
  const addresses = new Set([...served, ...MARKED].map((address) => toHex(addressToBytes(address))));
  return [toHex(frame.subarray(30, 34)), toHex(frame.subarray(38, 54))].some((address) => addresses.has(address));
}

const MARKED: readonly string[] = MARKS.map(({ daddr }) => daddr.replace(/\/.*/, ''));

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
    if (action === 'pass') return `expected that it passes (${reason}), found ${verdict}`;
    const left =
      sent === undefined ? (frames.length > 0 ? stage.rig.wire.collect().map(({ bytes }) => bytes) : []) : [sent];
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

/**
 * A frame without what is the director's own choice: the identification of what it has made, the port that a GUE tunnel is sent from,
 * and the checksums over them.
 */
export function withoutChoices(frame: Uint8Array): Uint8Array {
  const isIpv4 = u16(frame, 12) === ETHER_TYPE.ipv4;
  const isFragment6 = !isIpv4 && frame[20] === IP_PROTOCOL.fragment;
  const isFirst6 = isFragment6 && (u16(frame, 56) & 0xfff8) === 0;
  const protocol = isIpv4 ? frame[23] : isFirst6 ? frame[54] : frame[20];
  const header = isIpv4 ? 34 : isFirst6 ? 62 : 54;
  const copy = frame.slice();
  if (isIpv4 && (MADE.has(protocol ?? -1) || isLaterOfTunnel(frame, protocol))) copy.fill(0, 18, 20).fill(0, 24, 26);
  if (isGue(frame, header, protocol)) {
    if (isIpv4) copy.fill(0, 18, 20).fill(0, 24, 26);
    copy.fill(0, header, header + 2).fill(0, header + 6, header + 8);
  }
  if (isFragment6) copy.fill(0, 58, 62);
  return copy;
}

/** A fragment of a GUE packet, without the port that tells it: it begins at the director's address towards the real servers. */
function isLaterOfTunnel(frame: Uint8Array, protocol: number | undefined): boolean {
  const isLater = (u16(frame, 20) & 0x1fff) !== 0;
  return isLater && protocol === IP_PROTOCOL.udp && toHex(frame.subarray(26, 30)) === TUNNELS_BEGIN;
}

/** 10.2.0.1, see TWO_SIDES. */
const TUNNELS_BEGIN = '0a020001';

const MADE: ReadonlySet<number> = new Set([IP_PROTOCOL.icmp, IP_PROTOCOL.ipip, IP_PROTOCOL.sit, IP_PROTOCOL.gre]);
const GUE_PORT = 6080;

function isGue(frame: Uint8Array, header: number, protocol: number | undefined): boolean {
  return protocol === IP_PROTOCOL.udp && frame.length >= header + 8 && u16(frame, header + 2) === GUE_PORT;
}
