import koffi, { type KoffiFunc } from 'koffi';

/** The calls of socket(2) that are used here, as libc has them: -1 and errno where one fails. */
export interface Sockets {
  socket: KoffiFunc<(domain: number, type: number, protocol: number) => number>;
  setsockopt: KoffiFunc<(fd: number, level: number, option: number, value: Buffer, length: number) => number>;
  bind: KoffiFunc<(fd: number, address: Buffer, length: number) => number>;
  connect: KoffiFunc<(fd: number, address: Buffer, length: number) => number>;
  getsockname: KoffiFunc<(fd: number, address: Buffer, length: Buffer) => number>;
  send: KoffiFunc<(fd: number, data: Uint8Array, length: number, flags: number) => number>;
  recv: KoffiFunc<(fd: number, data: Buffer, length: number, flags: number) => number>;
  poll: KoffiFunc<(fds: Buffer, count: number, timeout: number) => number>;
  if_nametoindex: KoffiFunc<(name: string) => number>;
}

export const AF = { unspec: 0, inet: 2, inet6: 10, netlink: 16, packet: 17 } as const;
export const SOCK = { datagram: 2, raw: 3, nonblock: 0o4000, cloexec: 0o2000000 } as const;

let declared: Sockets | undefined;

/** Loaded with the first call. */
export function sockets(): Sockets {
  if (declared !== undefined) return declared;
  const libc = koffi.load('libc.so.6');
  declared = {
    socket: libc.func('int socket(int domain, int type, int protocol)'),
    setsockopt: libc.func('int setsockopt(int fd, int level, int option, const void *value, uint32_t length)'),
    bind: libc.func('int bind(int fd, const void *address, uint32_t length)'),
    connect: libc.func('int connect(int fd, const void *address, uint32_t length)'),
    getsockname: libc.func('int getsockname(int fd, void *address, void *length)'),
    send: libc.func('intptr_t send(int fd, const void *data, size_t length, int flags)'),
    recv: libc.func('intptr_t recv(int fd, void *data, size_t length, int flags)'),
    poll: libc.func('int poll(void *fds, unsigned long count, int timeout)'),
    if_nametoindex: libc.func('unsigned int if_nametoindex(const char *name)'),
  };
  return declared;
}
