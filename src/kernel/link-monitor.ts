import koffi, { type KoffiFunc } from 'koffi';
import { closeSync } from 'node:fs';
import { errnoName, kernelError, lastErrno } from './libbpf.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
/** Interfaces, and what hangs on them at TC (include/uapi/linux/rtnetlink.h). */
const RTMGRP_LINK = 0x1;
const RTMGRP_TC = 0x8;
/** struct sockaddr_nl */
const ADDRESS_LENGTH = 12;
/** What a message is about is not read: its first bytes do. */
const FEW_BYTES = 16;
/** Messages taken at once; more than the socket has room for by default. */
const MOST_MESSAGES = 4096;

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

/** What has happened since it was asked last. */
export interface LinkNews {
  /** Something about an interface is another now, or may be: read them anew. */
  changed: boolean;
  /** The kernel had more to tell than the socket has room for (ENOBUFS): some of it is lost. */
  overrun: boolean;
}

/**
 * Hears from the kernel (rtnetlink(7)) that interfaces of this network namespace have changed, and not what: who wants to know that
 * reads them anew, so that a message that is lost costs nothing but that. Nothing blocks.
 */
export class LinkMonitor {
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(FEW_BYTES);

  /** @throws WeirError KERNEL_CALL_FAILED */
  constructor() {
    this.#fd = libc().socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (this.#fd < 0) throw kernelError(lastErrno(), 'open a netlink socket');
    const address = Buffer.alloc(ADDRESS_LENGTH);
    address.writeUInt16LE(AF_NETLINK, 0);
    address.writeUInt32LE(RTMGRP_LINK | RTMGRP_TC, 8);
    if (libc().bind(this.#fd, address, address.length) >= 0) return;
    const errno = lastErrno();
    this.close();
    throw kernelError(errno, 'listen for changes of interfaces');
  }

  /** @throws WeirError KERNEL_CALL_FAILED */
  read(): LinkNews {
    const news: LinkNews = { changed: false, overrun: false };
    for (let message = 0; message < MOST_MESSAGES; message++) {
      if (libc().recv(this.#fd, this.#buffer, this.#buffer.length, 0) >= 0) {
        news.changed = true;
        continue;
      }
      const errno = lastErrno();
      const name = errnoName(errno);
      if (name === 'EAGAIN' || name === 'EWOULDBLOCK') break;
      if (name !== 'ENOBUFS') throw kernelError(errno, 'hear of changes of interfaces');
      news.changed = true;
      news.overrun = true;
    }
    return news;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
