import koffi, { type KoffiFunc } from 'koffi';
import { kernelError, lastErrno, type Pointer } from './libbpf.ts';

/** PROT_READ, PROT_WRITE, MAP_SHARED, MAP_FAILED of mmap(2). */
const READ = 1;
const WRITE = 2;
const SHARED = 1;
const FAILED = 0xffff_ffff_ffff_ffffn;

interface Calls {
  mmap: KoffiFunc<
    (address: null, length: number, protection: number, flags: number, fd: number, at: number) => Pointer
  >;
  munmap: KoffiFunc<(address: Pointer, length: number) => number>;
  pageSize: number;
}

let declared: Calls | undefined;

function calls(): Calls {
  if (declared !== undefined) return declared;
  const libc = koffi.load('libc.so.6');
  const pageSize: KoffiFunc<() => number> = libc.func('int getpagesize()');
  declared = {
    mmap: libc.func('void *mmap(void *address, size_t length, int protection, int flags, int fd, long at)'),
    munmap: libc.func('int munmap(void *address, size_t length)'),
    pageSize: pageSize(),
  };
  return declared;
}

/** Bytes of a page of this machine. */
export const pageSize = (): number => calls().pageSize;

/** Memory that this process shares with the kernel. Whoever touches it after `unmap` ends the process: forget it before. */
export interface MappedMemory {
  readonly memory: ArrayBuffer;
  readonly unmap: () => void;
}

export interface MappingOptions {
  /** Also to be written by this process. */
  writable: boolean;
  /** Where in the file it begins, bytes, whole pages. */
  at?: number;
}

/** @param name what it is, for errors @throws WeirError PRIVILEGE_MISSING, KERNEL_CALL_FAILED */
export function mapMemory(
  fd: number,
  length: number,
  name: string,
  { writable, at = 0 }: MappingOptions,
): MappedMemory {
  const address = calls().mmap(null, length, writable ? READ | WRITE : READ, SHARED, fd, at);
  if (address === null || koffi.address(address) === FAILED) throw kernelError(lastErrno(), `map ${name}`);
  return { memory: koffi.view(address, length), unmap: () => void calls().munmap(address, length) };
}
