import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { WeirError } from '../base/error.ts';

/**
 * What to say of a director that does not answer because its process is stopped; undefined where that is not so, or cannot be seen.
 * It holds a lock on the folder of its socket (src/kernel/folder-lock.ts), and /proc tells whose locks there are.
 */
export function stoppedDirector(socketPath: string): WeirError | undefined {
  try {
    const pid = lockHolder(dirname(socketPath));
    if (pid === undefined || stateOf(pid) !== 'T') return undefined;
    return new WeirError('DAEMON_UNREACHABLE', 'the director is stopped: it answers nothing', {
      where: socketPath,
      found: `process ${pid} in state T (SIGSTOP)`,
      fix: `let it go on: kill -CONT ${pid}`,
    });
  } catch {
    return undefined;
  }
}

/** The process that has the exclusive lock of a folder (proc_locks(5)). */
function lockHolder(folder: string): number | undefined {
  const { dev, ino } = statSync(folder, { bigint: true });
  const hex = (number: bigint): string => number.toString(16).padStart(2, '0');
  // As glibc takes a device number apart (gnu_dev_major, gnu_dev_minor).
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  const place = `${hex(major)}:${hex(minor)}:${ino}`;
  const line = readFileSync('/proc/locks', 'latin1')
    .split('\n')
    .map((text) => text.split(/\s+/u))
    .find(([, type, , mode, , file]) => type === 'FLOCK' && mode === 'WRITE' && file === place);
  const pid = Number(line?.[4]);
  return pid > 0 ? pid : undefined;
}

/** The state of a process, a letter (proc_pid_stat(5)). */
function stateOf(pid: number): string | undefined {
  return /^.*\) (\S)/su.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1];
}
