import koffi, { type KoffiFunc } from 'koffi';
import { closeSync } from 'node:fs';
import { kernelError, lastErrno } from './libbpf.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23;
const ETH_P_ALL = 3;
const POLLIN = 1;
const ADDRESS_LENGTH = 20;
/** The longest frame there is, and more. */
const MOST_BYTES = 65_536 + 64;

interface Libc {
  socket: KoffiFunc<(domain: number, type: number, protocol: number) => number>;
  setsockopt: KoffiFunc<(fd: number, level: number, option: number, value: Buffer, length: number) => number>;
  bind: KoffiFunc<(fd: number, address: Buffer, length: number) => number>;
  send: KoffiFunc<(fd: number, data: Uint8Array, length: number, flags: number) => number>;
  recv: KoffiFunc<(fd: number, data: Buffer, length: number, flags: number) => number>;
  poll: KoffiFunc<(fds: Buffer, count: number, timeout: number) => number>;
  if_nametoindex: KoffiFunc<(name: string) => number>;
}

let declared: Libc | undefined;

function libc(): Libc {
  if (declared !== undefined) return declared;
  const library = koffi.load('libc.so.6');
  declared = {
    socket: library.func('int socket(int domain, int type, int protocol)'),
    setsockopt: library.func('int setsockopt(int fd, int level, int option, const void *value, uint32_t length)'),
    bind: library.func('int bind(int fd, const void *address, uint32_t length)'),
    send: library.func('intptr_t send(int fd, const void *data, size_t length, int flags)'),
    recv: library.func('intptr_t recv(int fd, void *data, size_t length, int flags)'),
    poll: library.func('int poll(void *fds, unsigned long count, int timeout)'),
    if_nametoindex: library.func('unsigned int if_nametoindex(const char *name)'),
  };
  return declared;
}

/** Whole Ethernet frames in and out of one interface, as they are on the wire (packet(7)). Nothing blocks. */
export class PacketSocket {
  readonly fd: number;
  readonly #buffer = Buffer.alloc(MOST_BYTES);
  readonly #where: string;

  /** @throws WeirError PRIVILEGE_MISSING without CAP_NET_RAW; KERNEL_CALL_FAILED if there is no such interface here */
  constructor(name: string) {
    this.#where = name;
    const index = libc().if_nametoindex(name);
    if (index === 0) throw kernelError(lastErrno(), `find the interface ${name}`);
    const everything = ((ETH_P_ALL & 0xff) << 8) | (ETH_P_ALL >> 8);
    this.fd = libc().socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, everything);
    if (this.fd < 0) throw kernelError(lastErrno(), `open a packet socket on ${name}`);
    try {
      const one = Buffer.from([1, 0, 0, 0]);
      const ignored = libc().setsockopt(this.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, one, one.length);
      if (ignored < 0) throw kernelError(lastErrno(), `set up a packet socket on ${name}`);
      const address = Buffer.alloc(ADDRESS_LENGTH);
      address.writeUInt16LE(AF_PACKET, 0);
      address.writeUInt16BE(ETH_P_ALL, 2);
      address.writeInt32LE(index, 4);
      if (libc().bind(this.fd, address, address.length) < 0)
        throw kernelError(lastErrno(), `bind a packet socket to ${name}`);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Sends a frame, from its Ethernet header on. */
  send(frame: Uint8Array): void {
    if (libc().send(this.fd, frame, frame.length, 0) < 0) throw kernelError(lastErrno(), `send by ${this.#where}`);
  }

  /** The next frame that has come in, undefined if none waits. */
  receive(): Uint8Array | undefined {
    const length = libc().recv(this.fd, this.#buffer, this.#buffer.length, 0);
    return length < 0 ? undefined : new Uint8Array(this.#buffer.subarray(0, length));
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Blocks this thread until a frame waits at one of the sockets; false if none came within so many milliseconds. */
export function awaitFrame(sockets: readonly PacketSocket[], milliseconds: number): boolean {
  const request = Buffer.alloc(8 * sockets.length);
  for (const [place, { fd }] of sockets.entries()) {
    request.writeInt32LE(fd, place * 8);
    request.writeInt16LE(POLLIN, place * 8 + 4);
  }
  return libc().poll(request, sockets.length, milliseconds) > 0;
}
