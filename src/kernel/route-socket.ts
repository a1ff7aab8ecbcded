import { closeSync } from 'node:fs';
import { errnoName, kernelError, lastErrno } from './libbpf.ts';
import { AF, SOCK, sockets } from './sockets.ts';

const NETLINK_ROUTE = 0;
/** struct sockaddr_nl */
const ADDRESS_LENGTH = 12;
/** Of a message no more is read: the beginning says what it is about. */
const MOST_BYTES = 512;

/** What the kernel tells of its own accord about the network of this namespace (rtnetlink(7)). Nothing blocks. */
export class RouteSocket {
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(MOST_BYTES);

  /**
   * @param groups RTMGRP_... of include/uapi/linux/rtnetlink.h
   * @throws WeirError KERNEL_CALL_FAILED
   */
  constructor(groups: number) {
    this.#fd = sockets().socket(AF.netlink, SOCK.raw | SOCK.nonblock | SOCK.cloexec, NETLINK_ROUTE);
    if (this.#fd < 0) throw kernelError(lastErrno(), 'open a netlink socket');
    const address = Buffer.alloc(ADDRESS_LENGTH);
    address.writeUInt16LE(AF.netlink, 0);
    address.writeUInt32LE(groups, 8);
    if (sockets().bind(this.#fd, address, address.length) >= 0) return;
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
    const length = sockets().recv(this.#fd, this.#buffer, this.#buffer.length, 0);
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
