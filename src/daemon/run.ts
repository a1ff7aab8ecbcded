import pino, { type Logger } from 'pino';
import { startDaemon, type DaemonOptions } from './daemon.ts';

export interface RunOptions extends Omit<DaemonOptions, 'log'> {
  /** Leave forwarding in place at the end. */
  keep: boolean;
  logLevel: string;
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** Milliseconds after the first in which a further one is the same: `timeout` sends one to the process and one to its group. */
const SAME = 1_000;

/** EX_SOFTWARE of sysexits(3): a defect of Weir. */
const DEFECT = 70;

/**
 * Runs a director in the foreground until a signal ends it. The log goes to standard output, a JSON object a line.
 * @throws WeirError as `startDaemon`
 */
export async function runDaemon({ keep, logLevel, ...options }: RunOptions): Promise<void> {
  const log = createLog(logLevel);
  const stopped = firstSignal();
  process.once('uncaughtException', (error) => {
    // What the process holds is left as it is: forwarding goes on, and the next director adopts it.
    log.fatal({ err: error }, 'the director failed in a way it should not');
    process.exit(DEFECT);
  });
  const daemon = await startDaemon({ ...options, log });
  log.info({ engine: options.engine, socket: options.socket, state: options.state }, 'the director is ready');
  const signal = await stopped;
  log.info({ signal, keep }, 'stopping');
  await daemon.close({ keep });
  log.info('stopped');
}

/** The name of the first stop signal. One that comes later ends the process the hard way, as it would without Weir. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const letGo = (): void => {
      for (const name of STOP_SIGNALS) process.off(name, onSignal);
    };
    const onSignal = (signal: NodeJS.Signals): void => {
      setTimeout(letGo, SAME).unref();
      resolve(signal);
    };
    for (const name of STOP_SIGNALS) process.on(name, onSignal);
  });
}

function createLog(level: string): Logger {
  // Synchronous: what was logged last before a crash is what matters most.
  const destination = pino.destination({ fd: 1, sync: true });
  // A reader that has gone, or a full disk under the log, must not end forwarding.
  destination.on('error', () => undefined);
  return pino({ level }, destination);
}
