import { fromHex, toHex } from '../../../net/bytes.ts';
import { frameFaults } from '../../../net/frame-faults.ts';
import { parseFrame } from '../../../net/frame.ts';
import type { WireFrame } from '../recording.ts';

/**
 * Compares the frames that left a director with those recorded, one by one; those that one incoming frame caused on different
 * interfaces in any order.
 * @returns what differs, in words
 */
export function compareFrames(expected: readonly WireFrame[], found: readonly WireFrame[]): string[] {
  const [want, have] = [inOrder(expected), inOrder(found)];
  return Array.from({ length: Math.max(want.length, have.length) }, (_, index) => index).flatMap((index) => {
    const [one, other] = [want[index], have[index]];
    if (one !== undefined && other !== undefined && sameFrame(one, other)) return [];
    return [`frame ${index}\n  expected ${frameText(one)}\n  found    ${frameText(other)}`];
  });
}

function inOrder(frames: readonly WireFrame[]): WireFrame[] {
  return frames.toSorted((a, b) => a.after - b.after || a.iface.localeCompare(b.iface));
}

/** Equal apart from the volatile bytes; where there are any, the checksums must be as good as in the recording. */
function sameFrame(want: WireFrame, have: WireFrame): boolean {
  if (want.iface !== have.iface || want.after !== have.after || want.hex.length !== have.hex.length) return false;
  const [a, b] = [fromHex(want.hex), fromHex(have.hex)];
  for (const [offset, length] of want.volatile ?? []) {
    a.fill(0, offset, offset + length);
    b.fill(0, offset, offset + length);
  }
  return toHex(a) === toHex(b) && (want.volatile === undefined || faults(have) <= faults(want));
}

function faults({ hex }: WireFrame): number {
  return frameFaults(parseFrame(fromHex(hex))).length;
}

function frameText(frame: WireFrame | undefined): string {
  return frame === undefined ? 'nothing' : `after ${frame.after} on ${frame.iface}: ${frame.hex}`;
}
