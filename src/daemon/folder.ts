import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSystemError } from '../base/error.ts';

/**
 * Makes a folder and those above it, unless they are there. Not `recursive` of Node, which never ends where the kernel answers
 * ENOENT for a folder that is there (/proc).
 * @param mode of the folders that are made
 * @throws the system error that is in the way
 */
export function makeFolder(path: string, mode: number): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (dirname(path) !== path) makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process may have made it in the meantime.
    const madeMeanwhile = isSystemError(error) && error.code === 'EEXIST' && statSync(path).isDirectory();
    if (!madeMeanwhile) throw error;
  }
}
