import { closeSync, openSync } from 'node:fs';
import { WeirError } from '../base/error.ts';
import { errnoName, kernelError, lastErrno, libbpf } from './libbpf.ts';

/** LOCK_EX | LOCK_NB (flock(2)). */
const EXCLUSIVE_AT_ONCE = 2 | 4;

/**
 * Takes a folder for this process until the returned function is called or the process ends, however it ends.
 * @throws WeirError DAEMON_RUNNING when another process has it
 */
export function lockFolder(folder: string): () => void {
  const fd = openSync(folder, 'r');
  if (libbpf().flock(fd, EXCLUSIVE_AT_ONCE) < 0) {
    const errno = lastErrno();
    closeSync(fd);
    if (errnoName(errno) !== 'EAGAIN' && errnoName(errno) !== 'EWOULDBLOCK') throw kernelError(errno, `lock ${folder}`);
    throw new WeirError('DAEMON_RUNNING', 'another director keeps its tables in the same folder', {
      where: folder,
      expected: 'a folder for each director',
      fix: 'stop the other one first, or put the socket of this one into another folder with --socket',
    });
  }
  return () => closeSync(fd);
}
