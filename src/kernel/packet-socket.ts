import { closeSync } from 'node:fs';
import { kernelError, lastErrno } from './libbpf.ts';
import { AF, SOCK, sockets } from './sockets.ts';

const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23;
const ETH_P_ALL = 3;
const POLLIN = 1;
const ADDRESS_LENGTH = 20;
/** The longest frame there is, and more. */
const MOST_BYTES = 65_536 + 64;
/** Of frames that wait, as the kernel counts: a fragment that a program has cut off counts as what it was cut from. */
const MOST_WAITING = 4 * 1024 * 1024;

/** Whole Ethernet frames in and out of one interface, as they are on the wire (packet(7)). Nothing blocks. */
export class PacketSocket {
  readonly fd: number;
  readonly #buffer = Buffer.alloc(MOST_BYTES);
  readonly #where: string;

  /** @throws WeirError PRIVILEGE_MISSING without CAP_NET_RAW; KERNEL_CALL_FAILED if there is no such interface here */
  constructor(name: string) {
    this.#where = name;
    const index = sockets().if_nametoindex(name);
    if (index === 0) throw kernelError(lastErrno(), `find the interface ${name}`);
    const everything = ((ETH_P_ALL & 0xff) << 8) | (ETH_P_ALL >> 8);
    this.fd = sockets().socket(AF.packet, SOCK.raw | SOCK.nonblock | SOCK.cloexec, everything);
    if (this.fd < 0) throw kernelError(lastErrno(), `open a packet socket on ${name}`);
    try {
      const one = Buffer.from([1, 0, 0, 0]);
      const ignored = sockets().setsockopt(this.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, one, one.length);
      if (ignored < 0) throw kernelError(lastErrno(), `set up a packet socket on ${name}`);
      // Without CAP_NET_ADMIN it is as large as everybody's.
      const room = Buffer.alloc(4);
      room.writeInt32LE(MOST_WAITING);
      sockets().setsockopt(this.fd, SOL_SOCKET, SO_RCVBUFFORCE, room, room.length);
      const address = Buffer.alloc(ADDRESS_LENGTH);
      address.writeUInt16LE(AF.packet, 0);
      address.writeUInt16BE(ETH_P_ALL, 2);
      address.writeInt32LE(index, 4);
      if (sockets().bind(this.fd, address, address.length) < 0)
        throw kernelError(lastErrno(), `bind a packet socket to ${name}`);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Sends a frame, from its Ethernet header on. */
  send(frame: Uint8Array): void {
    if (sockets().send(this.fd, frame, frame.length, 0) < 0) throw kernelError(lastErrno(), `send by ${this.#where}`);
  }

  /** The next frame that has come in, undefined if none waits. */
  receive(): Uint8Array | undefined {
    const length = sockets().recv(this.fd, this.#buffer, this.#buffer.length, 0);
    return length < 0 ? undefined : new Uint8Array(this.#buffer.subarray(0, length));
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Blocks this thread until a frame waits at one of the sockets; false if none came within so many milliseconds. */
export function awaitFrame(waiting: readonly PacketSocket[], milliseconds: number): boolean {
  const request = Buffer.alloc(8 * waiting.length);
  for (const [place, { fd }] of waiting.entries()) {
    request.writeInt32LE(fd, place * 8);
    request.writeInt16LE(POLLIN, place * 8 + 4);
  }
  return sockets().poll(request, waiting.length, milliseconds) > 0;
}
