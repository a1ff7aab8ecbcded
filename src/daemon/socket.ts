import { linkSync, lstatSync, renameSync, unlinkSync, type BigIntStats } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { isSystemError, WeirError } from '../base/error.ts';
import { makeFolder } from './folder.ts';

const SOCKET_MODE = 0o660;
const FOLDER_MODE = 0o755;

/** `sun_path` of unix(7) has 108 bytes, the last of them zero. A longer path would be cut without a word. */
const LONGEST_PATH = 107;

/** A socket that was dead may have been taken over by another daemon by the time it is to be removed; so try again. */
const ATTEMPTS = 5;

/**
 * Makes a server listen on a Unix socket of mode 0660, in a folder that is made if it is missing. A socket whose daemon is dead
 * is taken over.
 * @throws WeirError DAEMON_RUNNING when a daemon answers there; USAGE when the path cannot be a socket
 */
export async function claimSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new WeirError('USAGE', 'the path of the socket is too long', {
      expected: `at most ${LONGEST_PATH} bytes`,
      found: `${Buffer.byteLength(path)} bytes: ${path}`,
      fix: 'choose a shorter path with --socket',
    });
  }
  makeFolderOf(path);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (await tryListen(server, path)) return;
    await removeDeadSocket(path);
  }
  throw daemonRunning(path);
}

const DEAD: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT']);

/** False when certainly nobody listens on the socket. */
export async function isAlive(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Any other failure (EACCES, EAGAIN for a full queue) says that one may not ask, not that nobody is there.
    socket.once('error', (error) => resolve(!(isSystemError(error) && DEAD.has(error.code ?? ''))));
  });
}

function makeFolderOf(path: string): void {
  try {
    makeFolder(dirname(path), FOLDER_MODE);
  } catch (error) {
    throw cannotListen(path, error);
  }
}

/** @returns false when the path is taken */
async function tryListen(server: Server, path: string): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      if (isSystemError(error) && error.code === 'EADDRINUSE') resolve(false);
      else reject(cannotListen(path, error));
    };
    server.once('error', onError);
    // The mask closes the socket to others from its first moment (listen binds before it returns); chmod would come too late.
    const mask = process.umask(0o777 & ~SOCKET_MODE);
    try {
      server.listen(path, () => {
        server.off('error', onError);
        resolve(true);
      });
    } finally {
      process.umask(mask);
    }
  });
}

/**
 * Removes a socket that nobody listens on. It is renamed first: two daemons that start together may both have found the same
 * dead socket, and the slower one must notice that what it has in hand is the new socket of the faster one.
 */
async function removeDeadSocket(path: string): Promise<void> {
  const found = requireFree(path);
  if (found === undefined) return;
  if (await isAlive(path)) throw daemonRunning(path);
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return;
    throw cannotListen(path, error);
  }
  if (!isSame(found, statusOf(aside))) putBack(aside, path);
  unlinkSync(aside);
}

/** @returns the socket that is there, undefined if nothing is @throws WeirError USAGE if it is something else */
export function requireFree(path: string): BigIntStats | undefined {
  const found = statusOf(path);
  if (found === undefined || found.isSocket()) return found;
  throw new WeirError('USAGE', 'the path of the socket is taken by something that is no socket', {
    where: path,
    fix: 'choose another path with --socket, or move it away',
  });
}

function putBack(aside: string, path: string): void {
  try {
    linkSync(aside, path);
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EEXIST') throw error;
  }
}

export function statusOf(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** The number of an inode is used again soon after it is free, the time of its making is not. */
function isSame(a: BigIntStats, b: BigIntStats | undefined): boolean {
  return b !== undefined && a.ino === b.ino && a.mtimeNs === b.mtimeNs;
}

function daemonRunning(path: string): WeirError {
  return new WeirError('DAEMON_RUNNING', 'a director is running already', {
    where: path,
    fix: 'stop it first, or give this one another socket with --socket',
  });
}

function cannotListen(path: string, error: unknown): WeirError {
  const reason = error instanceof Error ? error.message : String(error);
  const denied = isSystemError(error) && (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS');
  return new WeirError(denied ? 'PRIVILEGE_MISSING' : 'USAGE', 'the socket of the director cannot be made', {
    where: path,
    found: reason,
    fix: 'run as root, or choose a path you may write with --socket',
    cause: error,
  });
}
