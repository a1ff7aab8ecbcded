import { existsSync, readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs';
import { WeirError } from '../base/error.ts';
import { run } from './process.ts';

const FOLDER = '/var/run/netns';
/** f_type of what a namespace is mounted as (include/uapi/linux/magic.h). */
const NSFS_MAGIC = 0x6e736673;

/** The file that stands for a named network namespace. */
export function namespacePath(name: string): string {
  return `${FOLDER}/${name}`;
}

/** True if the name is taken: by a namespace, or by a file that outlived one. */
export function namespaceExists(name: string): boolean {
  return statSync(namespacePath(name), { throwIfNoEntry: false }) !== undefined;
}

/** The names of this machine's named network namespaces. */
export function namespaceNames(): string[] {
  return existsSync(FOLDER) ? readdirSync(FOLDER) : [];
}

/** True if the name stands for a namespace. Where /run is kept over a restart, the files stay and the namespaces do not. */
export function namespaceLives(name: string): boolean {
  return namespaceExists(name) && statfsSync(namespacePath(name)).type === NSFS_MAGIC;
}

/**
 * The command that runs a program inside a named network namespace. Only the network changes: the program sees the machine's
 * own /sys, and with it the bpffs pins that `ip netns exec` hides behind a mount of its own.
 */
export function insideNamespace(name: string, argv: readonly string[]): string[] {
  return ['nsenter', `--net=${namespacePath(name)}`, '--', ...argv];
}

/**
 * Makes named network namespaces.
 * @throws WeirError KERNEL_CALL_FAILED, with those made before the failing one left for the caller to delete
 */
export async function addNamespaces(names: readonly string[]): Promise<void> {
  await ipBatch(names.map((name) => `netns add ${name}`));
}

/**
 * Processes outside this network namespace that work in a folder or whose command line names a file in it: also of a namespace whose
 * name somebody has deleted, which lives as long as they do.
 */
export function processesOutsideWith(folder: string): number[] {
  const here = namespaceInode('self');
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && `${commandLine(entry)}\n${workingFolder(entry)}/`.includes(`${folder}/`))
    .filter((entry) => ![-1, here].includes(namespaceInode(entry)))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function workingFolder(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/** Deletes named network namespaces, with every interface in them. Those that do not exist are passed over. */
export async function deleteNamespaces(names: readonly string[]): Promise<void> {
  const lines = names.filter(namespaceExists).map((name) => `netns delete ${name}\n`);
  if (lines.length > 0) await run(['ip', '-force', '-batch', '-'], { input: lines.join('') });
}

/**
 * Runs lines of `ip` in one process, in the machine's namespace or a named one.
 * @throws WeirError KERNEL_CALL_FAILED with the line that failed
 */
export async function ipBatch(lines: readonly string[], namespace?: string): Promise<void> {
  if (lines.length === 0) return;
  const argv = ['ip', ...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-'];
  const { code, stderr } = await run(argv, { input: lines.join('\n') + '\n' });
  if (code === 0) return;
  const line = /^Command failed [^:]*:(\d+)/m.exec(stderr)?.[1];
  const reason = stderr.split('\n')[0] ?? '';
  throw new WeirError('KERNEL_CALL_FAILED', `ip refused: ${reason}`, {
    found: `ip ${lines[Number(line) - 1] ?? '-batch'}`,
    ...(namespace === undefined ? {} : { where: `network namespace ${namespace}` }),
    ...(/not permitted/.test(stderr) ? { fix: PERMISSION_FIX } : {}),
  });
}

const PERMISSION_FIX =
  'run as root with CAP_SYS_ADMIN and CAP_NET_ADMIN; in a container: docker run --privileged, or a virtual machine';

/** The processes that live in any of these namespaces, in the order of their numbers. */
export function processesInside(names: readonly string[]): number[] {
  const inodes = new Set<number>();
  for (const name of names) {
    const file = statSync(namespacePath(name), { throwIfNoEntry: false });
    if (file !== undefined) inodes.add(file.ino);
  }
  if (inodes.size === 0) return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && inodes.has(namespaceInode(entry)))
    .map(Number)
    .sort((a, b) => a - b);
}

function namespaceInode(pid: string): number {
  try {
    return statSync(`/proc/${pid}/ns/net`, { throwIfNoEntry: false })?.ino ?? -1;
  } catch {
    return -1;
  }
}
