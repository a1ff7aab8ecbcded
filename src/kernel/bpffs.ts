import { existsSync, mkdirSync, readdirSync, rmSync, rmdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { check, kernelError, lastErrno, libbpf } from './libbpf.ts';

/** f_type of a mounted bpffs (include/uapi/linux/magic.h). */
const BPF_FS_MAGIC = 0xcafe4a11;
const MNT_DETACH = 2;

/** True if `folder` is the root of, or inside, a mounted bpffs. */
export function isBpffs(folder: string): boolean {
  return existsSync(folder) && statfsSync(folder).type === BPF_FS_MAGIC;
}

/**
 * Mounts a bpffs of Weir's own on `folder`. Not /sys/fs/bpf: `ip netns exec` mounts a new /sys, which hides it.
 * Leaves one alone that is mounted there already.
 */
export function mountBpffs(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (isBpffs(folder)) return;
  if (libbpf().mount('weir', folder, 'bpf', 0, Buffer.from('mode=0700\0')) < 0)
    throw kernelError(lastErrno(), `mount a bpffs on ${folder}`);
}

/** Unmounts and removes the folder. What is pinned in it goes with the last reference. */
export function unmountBpffs(folder: string): void {
  if (isBpffs(folder) && libbpf().umount(folder, MNT_DETACH) < 0) throw kernelError(lastErrno(), `unmount ${folder}`);
  rmdirSync(folder);
}

export function pin(fd: number, path: string): void {
  check(libbpf().pin(fd, path), `pin ${path}`);
}

/** Opens a pinned map, program or link. */
export function openPin(path: string): number {
  return check(libbpf().open_pin(path), `open ${path}`);
}

export function unpin(path: string): void {
  rmSync(path, { force: true });
}

/** Names pinned in a folder, none if the folder does not exist. */
export function pinsIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Removes a folder of pins and what is in it. */
export function removePins(folder: string): void {
  for (const name of pinsIn(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
}
