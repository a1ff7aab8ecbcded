import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { isSystemError, WeirError } from '../base/error.ts';
import { lockFolder } from '../kernel/folder-lock.ts';
import { factSchema } from './fact.ts';

export const ROLES = ['realserver', 'director'] as const;
export type SetupRole = (typeof ROLES)[number];

const recordSchema = z.strictObject({
  version: z.literal(1),
  /** The network namespace and the boot that the record was made in. */
  namespace: z.string(),
  boot: z.string(),
  /** What was asked for, for people. */
  command: z.string(),
  /** In the order in which they were made so; `before` is what was there. */
  entries: z.array(z.strictObject({ fact: factSchema, before: z.array(z.string()) })),
});

/** What a set-up wants and what it found, written before the first change. */
export type SetupRecord = z.infer<typeof recordSchema>;
export type SetupEntry = SetupRecord['entries'][number];

/** The record of one role of one host: a file that holds, at every moment, the old content or the new. */
export class RecordFile {
  readonly path: string;

  constructor(folder: string, role: SetupRole) {
    this.path = join(folder, 'setup', `${role}.json`);
  }

  /**
   * The record, or undefined where nothing is set up.
   * @throws WeirError STATE_UNREADABLE; SETUP_INVALID for the record of another network namespace
   */
  read(): SetupRecord | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if (isSystemError(error) && error.code === 'ENOENT') return undefined;
      throw unreadable(this.path, error);
    }
    let record: SetupRecord;
    try {
      record = recordSchema.parse(JSON.parse(text));
    } catch (error) {
      throw unreadable(this.path, error);
    }
    this.#checkPlace(record);
    return record;
  }

  /** @throws WeirError STATE_UNWRITABLE; then the old record is as it was */
  write(command: string, entries: readonly SetupEntry[]): void {
    const record: SetupRecord = { version: 1, ...place(), command, entries: [...entries] };
    const draft = `${this.path}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      writeDurably(draft, `${JSON.stringify(record, undefined, 2)}\n`);
      renameSync(draft, this.path);
      syncFolder(dirname(this.path));
    } catch (error) {
      rmSync(draft, { force: true });
      throw new WeirError('STATE_UNWRITABLE', 'what is there now cannot be written down, so nothing is changed', {
        where: this.path,
        found: error instanceof Error ? error.message : String(error),
        fix: 'run as root, make room, or choose another folder with --state',
        cause: error,
      });
    }
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }

  /** Keeps others from setting up the same role meanwhile. @throws WeirError SETUP_FAILED, STATE_UNWRITABLE */
  lock(): () => void {
    const folder = dirname(this.path);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw new WeirError('STATE_UNWRITABLE', 'there is no place to write down what was there', {
        where: folder,
        found: error instanceof Error ? error.message : String(error),
        fix: 'run as root, or choose another folder with --state',
      });
    }
    try {
      return lockFolder(folder);
    } catch (error) {
      if (!(error instanceof WeirError) || error.code !== 'DAEMON_RUNNING') throw error;
      throw new WeirError('SETUP_FAILED', 'another weir is at work on the set-up of this host', {
        where: folder,
        fix: 'wait for it to end, then try again',
      });
    }
  }

  #checkPlace(record: SetupRecord): void {
    const here = place();
    if (record.boot !== here.boot || record.namespace === here.namespace) return;
    throw new WeirError('SETUP_INVALID', 'this record was made in another network namespace', {
      where: this.path,
      expected: here.namespace,
      found: record.namespace,
      fix: 'give each namespace a folder of its own, with --state or WEIR_STATE',
    });
  }
}

function place(): Pick<SetupRecord, 'namespace' | 'boot'> {
  return {
    namespace: readlinkSync('/proc/thread-self/ns/net'),
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  };
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function unreadable(path: string, error: unknown): WeirError {
  return new WeirError('STATE_UNREADABLE', 'the record of what was there before the set-up cannot be read', {
    where: path,
    found: error instanceof Error ? error.message : String(error),
    fix: 'restore the file from a backup; or undo by hand (weir realserver setup --print lists the steps) and remove it',
    cause: error,
  });
}
