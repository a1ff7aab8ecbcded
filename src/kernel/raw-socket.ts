import { closeSync } from 'node:fs';
import { addressToBytes } from '../net/ip-address.ts';
import { kernelError, lastErrno } from './libbpf.ts';
import { AF, SOCK, sockets } from './sockets.ts';

/** Of packets that have their header of IP (raw(7)). */
const IPPROTO_RAW = 255;
const EPERM = 1;
/** Where an address of either family begins in the address of a socket, and how long that is. */
const SOCKET_ADDRESS = { inet: { at: 4, length: 16 }, inet6: { at: 8, length: 28 } } as const;

/** Sends whole IP packets of a family as a program of this host would. */
export class RawSocket {
  readonly #fd: number;
  readonly #family: 'inet' | 'inet6';

  /** @throws WeirError PRIVILEGE_MISSING without CAP_NET_RAW */
  constructor(family: 'inet' | 'inet6') {
    this.#family = family;
    this.#fd = sockets().socket(AF[family], SOCK.raw | SOCK.nonblock | SOCK.cloexec, IPPROTO_RAW);
    if (this.#fd < 0) throw kernelError(lastErrno(), `open a raw socket of ${family}`);
  }

  /**
   * @param packet of IPv4 the kernel writes its length and its checksum
   * @param destination where its header says that it goes
   * @returns false if netfilter has dropped it
   * @throws WeirError KERNEL_CALL_FAILED
   */
  send(packet: Uint8Array, destination: string): boolean {
    const { at, length } = SOCKET_ADDRESS[this.#family];
    const address = Buffer.alloc(length);
    address.writeUInt16LE(AF[this.#family], 0);
    address.set(addressToBytes(destination), at);
    if (sockets().connect(this.#fd, address, length) < 0) throw kernelError(lastErrno(), `reach ${destination}`);
    if (sockets().send(this.#fd, packet, packet.length, 0) >= 0) return true;
    const errno = lastErrno();
    if (errno === EPERM) return false;
    throw kernelError(errno, `send to ${destination}`);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
