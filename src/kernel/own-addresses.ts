import { closeSync } from 'node:fs';
import { addressFromBytes, addressToBytes } from '../net/address.ts';
import { kernelError, lastErrno } from './libbpf.ts';
import { AF, SOCK, sockets } from './sockets.ts';

/** Of struct sockaddr_in6, the longer one; and where the addresses stand in it and in struct sockaddr_in. */
const SOCKADDR_LENGTH = 28;
const ADDRESS_AT = { inet: 4, inet6: 8 } as const;
/** Discard: nothing is sent there. */
const ANY_PORT = 9;

/**
 * Which of its addresses this host sends from, asked of the kernel's own routes. It goes on to answer for the network namespace in
 * which it was made.
 */
export class OwnAddresses {
  readonly #sockets: Readonly<Record<'inet' | 'inet6', number>>;

  /** @throws WeirError KERNEL_CALL_FAILED without IPv4; without IPv6 there is no way to any address of it */
  constructor() {
    const inet = sockets().socket(AF.inet, SOCK.datagram | SOCK.cloexec, 0);
    if (inet < 0) throw kernelError(lastErrno(), 'open a UDP socket');
    this.#sockets = { inet, inet6: sockets().socket(AF.inet6, SOCK.datagram | SOCK.cloexec, 0) };
  }

  /** The source of what is sent to an address: that address itself if it is this host's own, undefined where no route leads. */
  towards(address: string): string | undefined {
    const family = address.includes(':') ? 'inet6' : 'inet';
    const socket = this.#sockets[family];
    const target = Buffer.alloc(SOCKADDR_LENGTH);
    target.writeUInt16LE(AF.unspec, 0);
    sockets().connect(socket, target, SOCKADDR_LENGTH);
    target.writeUInt16LE(family === 'inet' ? AF.inet : AF.inet6, 0);
    target.writeUInt16BE(ANY_PORT, 2);
    target.set(addressToBytes(address), ADDRESS_AT[family]);
    if (sockets().connect(socket, target, SOCKADDR_LENGTH) < 0) return undefined;
    const name = Buffer.alloc(SOCKADDR_LENGTH);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(SOCKADDR_LENGTH, 0);
    if (sockets().getsockname(socket, name, length) < 0) return undefined;
    const at = ADDRESS_AT[family];
    return addressFromBytes(name.subarray(at, at + (family === 'inet' ? 4 : 16)));
  }

  close(): void {
    for (const socket of Object.values(this.#sockets)) if (socket >= 0) closeSync(socket);
  }
}
