import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '../src/base/error.ts';
import { insideNamespace } from '../src/kernel/namespace.ts';
import { run, start, type RunOptions } from '../src/kernel/process.ts';

const DEADLINE = 10_000;
/** State TCP_LISTEN in /proc/net/tcp (include/net/tcp_states.h). */
const LISTEN = '0A';

/**
 * Starts a server in a namespace and returns when it listens on its TCP ports; the removal of the run ends it.
 * @throws WeirError LAB_FAILED with the end of its log; TOOL_MISSING
 */
export async function startListening(
  namespace: string,
  argv: readonly string[],
  log: string,
  ports: readonly number[],
): Promise<void> {
  const program = await start(insideNamespace(namespace, argv), { log });
  const deadline = performance.now() + DEADLINE;
  const ready = (): boolean => {
    const listening = listeningPorts(program.pid);
    return ports.every((port) => listening.has(port));
  };
  while (!ready()) {
    if (!program.running() || performance.now() > deadline) {
      const found = readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n    ');
      throw new WeirError('LAB_FAILED', `${argv[0]} does not listen in ${namespace}`, { where: log, found });
    }
    await sleep(10);
  }
}

/** Runs a command in a namespace that must succeed. @throws WeirError LAB_FAILED with what it complained of */
export async function must(namespace: string, argv: readonly string[], options: RunOptions = {}): Promise<void> {
  const { code, stdout, stderr } = await run(insideNamespace(namespace, argv), options);
  if (code === 0) return;
  throw new WeirError('LAB_FAILED', `${argv[0]} failed in ${namespace}`, { found: (stderr || stdout).trim() });
}

/** TCP ports on which anything listens in the network namespace of a process. */
function listeningPorts(pid: number): Set<number> {
  let table: string;
  try {
    table = readFileSync(`/proc/${pid}/net/tcp`, 'latin1');
  } catch {
    return new Set();
  }
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  return new Set(
    rows
      .filter(([, , , state]) => state === LISTEN)
      .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16)),
  );
}
