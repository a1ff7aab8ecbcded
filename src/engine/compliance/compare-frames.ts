import { fromHex, toHex } from '../../net/bytes.ts';
import { frameFaults } from '../../net/frame-faults.ts';
import { parseFrame } from '../../net/frame.ts';
import type { WireFrame } from './recording.ts';

/**
 * Compares the frames that left a director with those recorded: what each incoming frame caused, by interface. Between frames on
 * different cables there is no order.
 * @returns what differs, in words
 */
export function compareFrames(expected: readonly WireFrame[], found: readonly WireFrame[]): string[] {
  const [want, have] = [byCause(expected), byCause(found)];
  const causes = [...new Set([...want.keys(), ...have.keys()])].sort((a, b) => a - b);
  return causes.flatMap((cause) => {
    const [one, other] = [want.get(cause) ?? [], have.get(cause) ?? []];
    const same = one.length === other.length && one.every((frame, place) => sameFrame(frame, other[place]!));
    return same ? [] : [`frames after ${cause}\n  expected ${frameTexts(one)}\n  found    ${frameTexts(other)}`];
  });
}

function byCause(frames: readonly WireFrame[]): Map<number, WireFrame[]> {
  const causes = new Map<number, WireFrame[]>();
  for (const frame of frames.toSorted((a, b) => a.iface.localeCompare(b.iface)))
    causes.set(frame.after, [...(causes.get(frame.after) ?? []), frame]);
  return causes;
}

/** Equal apart from the volatile bytes; where there are any, the checksums must be as good as in the recording. */
function sameFrame(want: WireFrame, have: WireFrame): boolean {
  if (want.iface !== have.iface || want.hex.length !== have.hex.length) return false;
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

function frameTexts(frames: readonly WireFrame[]): string {
  if (frames.length === 0) return 'nothing';
  return frames.map(({ iface, hex }) => `${iface} ${hex}`).join('\n           ');
}
