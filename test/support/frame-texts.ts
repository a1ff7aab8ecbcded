import type { VerdictClass } from '../../src/lvs/reason.ts';
import type { OutgoingFrame } from '../../src/lvs/verdict.ts';
import { toHex, u16 } from '../../src/net/bytes.ts';
import { ETHER_TYPE } from '../../src/net/ether-type.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';

/**
 * Frames by interface. Of what passes to the stack, what goes back where it came from is left out: the stack's own answers, which are
 * no concern of the programs.
 */
export function frameTexts(frames: readonly OutgoingFrame[], action: VerdictClass, arrived: string): string {
  return frames
    .filter(({ interface: name }) => action !== 'pass' || name !== arrived)
    .map(({ interface: name, bytes }) => `${name} ${toHex(withoutIdentification(bytes))}`)
    .sort()
    .join('\n');
}

/** What the director has made, without its identification, which is its own choice, and without the checksum over it. */
function withoutIdentification(frame: Uint8Array): Uint8Array {
  const made = frame[23] === IP_PROTOCOL.icmp || frame[23] === IP_PROTOCOL.ipip;
  if (u16(frame, 12) !== ETHER_TYPE.ipv4 || !made) return frame;
  return frame.slice().fill(0, 18, 20).fill(0, 24, 26);
}
