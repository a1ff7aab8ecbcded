import { EXIT } from './exit-codes.ts';

/** Exit codes of a command that a signal has stopped: 128 + the number of the signal, as a shell says it. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs work that must clean up after itself. Ctrl-C, SIGTERM, a closed terminal and a reader that no longer reads (`| head`)
 * do not end the process: they abort the work's signal, and that it throws the signal's reason then is no error. Sets the
 * exit code.
 */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const stop = (exitCode: number): void => {
    if (controller.signal.aborted) return;
    process.exitCode = exitCode;
    controller.abort();
  };
  const handlers = Object.entries(EXIT_CODES).map(([name, exitCode]) => ({ name, handler: () => stop(exitCode) }));
  for (const { name, handler } of handlers) process.on(name, handler);
  // The handler of main.ts would end the process before anything is cleaned up.
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', () => stop(EXIT.ok));
  try {
    await work(controller.signal);
  } catch (error) {
    if (!isAbort(error, controller.signal)) throw error;
  } finally {
    for (const { name, handler } of handlers) process.off(name, handler);
  }
}

/** Timers of Node throw an AbortError of their own, whose cause is the reason. */
function isAbort(error: unknown, { aborted, reason }: AbortSignal): boolean {
  return aborted && (error === reason || (error instanceof Error && error.cause === reason));
}
