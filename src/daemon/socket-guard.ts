import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { FaultCounts } from '../engine/faults.ts';
import type { EngineLog } from '../engine/options.ts';
import { claimSocket } from './socket.ts';

/** Milliseconds between two looks at the socket. */
const PERIOD = 1000;

/**
 * Makes the socket of a server again when somebody has removed it; requests under way go on. One that another has put in its place
 * is left alone.
 * @returns ends it; resolves when nothing is under way
 */
export function guardSocket(
  server: Server,
  { socket, log }: { socket: string; log: EngineLog },
  faults: FaultCounts,
): () => Promise<void> {
  let claiming: Promise<void> | undefined;
  const again = async (): Promise<void> => {
    faults.note('socket-removed');
    // Only the listening ends: what is connected stays so.
    server.close();
    try {
      await claimSocket(server, socket);
      log.warn({ fault: 'socket-removed', socket }, 'somebody has removed the socket: it is there again');
    } catch (error) {
      log.error({ fault: 'socket-removed', socket, err: error }, 'the socket cannot be made again');
    }
  };
  const timer = setInterval(() => {
    if (existsSync(socket)) return;
    claiming ??= again().finally(() => (claiming = undefined));
  }, PERIOD);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await claiming;
  };
}
