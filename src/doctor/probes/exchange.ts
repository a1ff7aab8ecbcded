import { parseFrame, type Frame } from '../../net/frame.ts';
import { awaitFrame, PacketSocket } from '../../kernel/packet-socket.ts';

/** Milliseconds in which an answer on a local segment has come, if one comes. */
const PATIENCE = 500;

/**
 * Sends frames by one interface and listens there for answers.
 * @param isAnswer what is looked for; frames that cannot be read are none
 * @param most after so many answers no one waits longer
 * @throws WeirError PRIVILEGE_MISSING, KERNEL_CALL_FAILED
 */
export function exchange(
  nic: string,
  frames: readonly Uint8Array[],
  isAnswer: (frame: Frame) => boolean,
  most: number,
): Frame[] {
  const socket = new PacketSocket(nic);
  const answers: Frame[] = [];
  try {
    for (const frame of frames) socket.send(frame);
    const end = performance.now() + PATIENCE;
    for (;;) {
      const left = Math.ceil(end - performance.now());
      if (left <= 0 || answers.length >= most || !awaitFrame([socket], left)) return answers;
      for (let bytes = socket.receive(); bytes !== undefined; bytes = socket.receive()) {
        const frame = parseFrame(bytes);
        if (isAnswer(frame)) answers.push(frame);
      }
    }
  } finally {
    socket.close();
  }
}
