import koffi, { type KoffiFunc } from 'koffi';
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { kernelError, lastErrno } from './libbpf.ts';
import { namespacePath } from './namespace.ts';

const CLONE_NEWNET = 0x40000000;
const HERE = '/proc/thread-self/ns/net';

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

/** The network namespace in which it is made, to come back to. */
export class HeldNamespace {
  readonly #fd = openSync(HERE, 'r');

  /** Does something there, wherever the thread is now: what `action` does before its first await. @throws what `action` throws; KERNEL_CALL_FAILED */
  visit<T>(action: () => T): T {
    if (fstatSync(this.#fd).ino === statSync(HERE).ino) return action();
    const comeBack = goInto(this.#fd, 'come back to a network namespace');
    try {
      return action();
    } finally {
      comeBack();
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** @returns what brings the thread back */
function go(name: string): () => void {
  const there = openSync(namespacePath(name), 'r');
  try {
    return goInto(there, `enter the network namespace ${name}`);
  } finally {
    closeSync(there);
  }
}

/** The same into an open one. */
function goInto(there: number, attempt: string): () => void {
  const home = openSync(HERE, 'r');
  try {
    enter(there, attempt);
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
