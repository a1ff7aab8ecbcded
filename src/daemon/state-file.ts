import { randomBytes } from 'node:crypto';
import { open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSystemError, WeirError } from '../base/error.ts';
import { makeFolder } from './folder.ts';

const NEW_FILE_MODE = 0o640;
const NEW_FOLDER_MODE = 0o750;

/**
 * Reads a file of rules.
 * @returns its text, or undefined when there is no such file
 * @throws WeirError STATE_UNREADABLE when it is there and cannot be read, or is no UTF-8 text
 */
export async function readStateFile(path: string): Promise<string | undefined> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw new WeirError('STATE_UNREADABLE', 'the saved rules cannot be read', {
      where: path,
      found: reasonOf(error),
      fix: 'make the file readable, or move it away to start without it',
      cause: error,
    });
  }
}

/**
 * Writes a file so that at every moment, also after a crash, the path holds the old content or the new, whole: a temporary
 * file beside it, fsync, rename, fsync of the folder. Makes the folder if it is missing and keeps the mode of an old file.
 * @throws WeirError STATE_UNWRITABLE for any failure (ENOSPC, EACCES, EROFS ...); then the old file is as it was
 */
export async function writeStateFile(path: string, text: string): Promise<void> {
  try {
    makeFolder(dirname(path), NEW_FOLDER_MODE);
    const target = await realTarget(path);
    await replaceFile(target.path, target.mode, text);
  } catch (error) {
    throw new WeirError('STATE_UNWRITABLE', 'the rules cannot be saved; what was saved before is unchanged', {
      where: path,
      found: reasonOf(error),
      fix: fixOf(error),
      cause: error,
    });
  }
}

async function replaceFile(path: string, mode: number, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Where the content goes when the path is a symbolic link, and the mode it gets. */
async function realTarget(path: string): Promise<{ path: string; mode: number }> {
  try {
    const target = await realpath(path);
    const status = await stat(target);
    if (!status.isFile()) throw new Error(`${target} is no regular file`);
    return { path: target, mode: status.mode & 0o777 };
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return { path, mode: NEW_FILE_MODE };
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fixOf(error: unknown): string {
  return FIXES[(isSystemError(error) && error.code) || ''] ?? 'save to another path, or mend this one';
}

const MAKE_ROOM = 'make room on the file system, or save to another';
const MAKE_WRITABLE = 'make the folder writable for the user that saves, or save to another';

const FIXES: Partial<Record<string, string>> = {
  ENOSPC: MAKE_ROOM,
  EDQUOT: MAKE_ROOM,
  EACCES: MAKE_WRITABLE,
  EPERM: MAKE_WRITABLE,
  EROFS: MAKE_WRITABLE,
};
