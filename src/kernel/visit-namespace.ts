import koffi, { type KoffiFunc } from 'koffi';
import { closeSync, openSync } from 'node:fs';
import { kernelError, lastErrno } from './libbpf.ts';
import { namespacePath } from './namespace.ts';

const CLONE_NEWNET = 0x40000000;

let setns: KoffiFunc<(fd: number, type: number) => number> | undefined;

/**
 * Does something with this thread in a named network namespace, and comes back. Sockets made meanwhile stay there, programs
 * started meanwhile run there, /proc/sys/net is that namespace's. Other asynchronous work of this thread must rest until then.
 * @throws WeirError PRIVILEGE_MISSING, KERNEL_CALL_FAILED; what `action` throws
 */
export async function visitNamespace<T>(name: string, action: () => T | Promise<T>): Promise<T> {
  const comeBack = go(name);
  try {
    return await action();
  } finally {
    comeBack();
  }
}

/** The same for what is done at once, so that nothing else can come between. */
export function visitNamespaceAtOnce<T>(name: string, action: () => T): T {
  const comeBack = go(name);
  try {
    return action();
  } finally {
    comeBack();
  }
}

/** @returns what brings the thread back */
function go(name: string): () => void {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  try {
    const there = openSync(namespacePath(name), 'r');
    try {
      enter(there, `enter the network namespace ${name}`);
    } finally {
      closeSync(there);
    }
  } catch (error) {
    closeSync(home);
    throw error;
  }
  return () => {
    try {
      enter(home, 'come back from a network namespace');
    } finally {
      closeSync(home);
    }
  };
}

function enter(namespace: number, attempt: string): void {
  setns ??= koffi.load('libc.so.6').func('int setns(int fd, int type)');
  if (setns(namespace, CLONE_NEWNET) < 0) throw kernelError(lastErrno(), attempt);
}
