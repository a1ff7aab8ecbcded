import type { Server } from 'node:http';
import type { FaultCounts } from '../engine/faults.ts';
import type { EngineLog } from '../engine/options.ts';
import { claimSocket, requireFree, statusOf } from './socket.ts';

/** Milliseconds between two looks at the socket. */
const PERIOD = 1000;

/**
 * Makes the socket of a server again when somebody has removed it; requests under way go on. One that another has put in its place
 * is left alone, and so is what is no socket: that is said, until it is gone.
 * @returns ends it; resolves when nothing is under way
 */
export function guardSocket(
  server: Server,
  { socket, log }: { socket: string; log: EngineLog },
  faults: FaultCounts,
): () => Promise<void> {
  let claiming: Promise<void> | undefined;
  /** Why it could not be made again the last time. */
  let trouble: string | undefined;
  const again = async (): Promise<void> => {
    if (trouble === undefined) faults.note('socket-removed');
    try {
      requireFree(socket);
      // Only the listening ends: what is connected stays so. Whatever is at the path goes with it.
      server.close();
      await claimSocket(server, socket);
      trouble = undefined;
      log.warn({ fault: 'socket-removed', socket }, 'somebody has removed the socket: it is there again');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (trouble === reason) return;
      trouble = reason;
      log.error({ fault: 'socket-removed', socket, err: error }, 'the socket cannot be made again');
    }
  };
  const timer = setInterval(() => {
    if (statusOf(socket)?.isSocket() === true) return;
    claiming ??= again().finally(() => (claiming = undefined));
  }, PERIOD);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await claiming;
  };
}
