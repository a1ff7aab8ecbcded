import { parseFrame, type Frame } from '../../net/frame.ts';
import { awaitFrame, PacketSocket } from '../../kernel/packet-socket.ts';

/** Milliseconds in which an answer on a local segment has come, if one comes. */
export const PATIENCE = 500;

/** A frame, and the interface it goes out by or came in by. */
export interface Outgoing {
  nic: string;
  frame: Uint8Array;
}

export interface Heard {
  nic: string;
  frame: Frame;
}

/**
 * Sends frames and returns what comes in by the same interfaces within `PATIENCE`, or until it is enough. The probes ask by nothing
 * else, so the network behind it may be a real one or one in memory.
 */
export type Exchange = (frames: readonly Outgoing[], isEnough?: (heard: readonly Heard[]) => boolean) => Heard[];

/**
 * The exchange over the interfaces of the network namespace that this thread is in.
 * @throws WeirError PRIVILEGE_MISSING, KERNEL_CALL_FAILED
 */
export const exchangeByPacketSocket: Exchange = (frames, isEnough = () => false) => {
  const sockets = new Map<string, PacketSocket>();
  const heard: Heard[] = [];
  try {
    for (const { nic } of frames) if (!sockets.has(nic)) sockets.set(nic, new PacketSocket(nic));
    for (const { nic, frame } of frames) sockets.get(nic)?.send(frame);
    const end = performance.now() + PATIENCE;
    while (sockets.size > 0 && !isEnough(heard)) {
      const left = Math.ceil(end - performance.now());
      if (left <= 0 || !awaitFrame([...sockets.values()], left)) break;
      for (const [nic, socket] of sockets) drain(socket, (bytes) => heard.push({ nic, frame: parseFrame(bytes) }));
    }
    return heard;
  } finally {
    for (const socket of sockets.values()) socket.close();
  }
};

function drain(socket: PacketSocket, take: (bytes: Uint8Array) => void): void {
  for (let bytes = socket.receive(); bytes !== undefined; bytes = socket.receive()) take(bytes);
}
