import koffi, { type KoffiFunc } from 'koffi';
import { closeSync } from 'node:fs';
import { errnoName, kernelError, lastErrno } from './libbpf.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
/** struct sockaddr_nl */
const ADDRESS_LENGTH = 12;
/** Of a message no more is read: the beginning says what it is about. */
const MOST_BYTES = 512;

interface Libc {
  socket: KoffiFunc<(domain: number, type: number, protocol: number) => number>;
  bind: KoffiFunc<(fd: number, address: Buffer, length: number) => number>;
  recv: KoffiFunc<(fd: number, data: Buffer, length: number, flags: number) => number>;
}

let declared: Libc | undefined;

function libc(): Libc {
  if (declared !== undefined) return declared;
  const library = koffi.load('libc.so.6');
  declared = {
    socket: library.func('int socket(int domain, int type, int protocol)'),
    bind: library.func('int bind(int fd, const void *address, uint32_t length)'),
    recv: library.func('intptr_t recv(int fd, void *data, size_t length, int flags)'),
  };
  return declared;
}

/** What the kernel tells of its own accord about the network of this namespace (rtnetlink(7)). Nothing blocks. */
export class RouteSocket {
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(MOST_BYTES);

  /**
   * @param groups RTMGRP_... of include/uapi/linux/rtnetlink.h
   * @throws WeirError KERNEL_CALL_FAILED
   */
  constructor(groups: number) {
    this.#fd = libc().socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (this.#fd < 0) throw kernelError(lastErrno(), 'open a netlink socket');
    const address = Buffer.alloc(ADDRESS_LENGTH);
    address.writeUInt16LE(AF_NETLINK, 0);
    address.writeUInt32LE(groups, 8);
    if (libc().bind(this.#fd, address, address.length) >= 0) return;
    const errno = lastErrno();
    this.close();
    throw kernelError(errno, 'listen for changes of the network');
  }

  /**
   * The next message, its first 512 bytes, good until the next call; 'overrun' where the socket had no room for some (ENOBUFS); undefined
   * if none waits.
   * @throws WeirError KERNEL_CALL_FAILED
   */
  receive(): Buffer | 'overrun' | undefined {
    const length = libc().recv(this.#fd, this.#buffer, this.#buffer.length, 0);
    if (length >= 0) return this.#buffer.subarray(0, length);
    const errno = lastErrno();
    const name = errnoName(errno);
    if (name === 'EAGAIN' || name === 'EWOULDBLOCK') return undefined;
    if (name === 'ENOBUFS') return 'overrun';
    throw kernelError(errno, 'hear of changes of the network');
  }

  close(): void {
    closeSync(this.#fd);
  }
}
