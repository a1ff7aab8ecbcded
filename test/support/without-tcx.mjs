// Makes the kernel this process meets one without bpf links, and so without tcx, as those before Linux 6.6 are: loaded before a program
// by `node --import`. A filter of seccomp answers for the kernel what an older one does.
import koffi from 'koffi';

/** bpf(2), and its command that makes a link. */
const SYSCALL = { x64: 321, arm64: 280 }[process.arch];
const BPF_LINK_CREATE = 28;

const EINVAL = 22;
const ALLOW = 0x7fff_0000;
const REFUSE = 0x0005_0000 | EINVAL;

/** Instructions of classic BPF over struct seccomp_data: code, jump if true, jump if false, operand. */
const LOAD = 0x20;
const EQUALS = 0x15;
const RETURN = 0x06;
const FILTER = [
  [LOAD, 0, 0, 0], // the number of the call
  [EQUALS, 0, 3, SYSCALL],
  [LOAD, 0, 0, 16], // its first argument
  [EQUALS, 0, 1, BPF_LINK_CREATE],
  [RETURN, 0, 0, REFUSE],
  [RETURN, 0, 0, ALLOW],
];

const PR_SET_SECCOMP = 22;
const SECCOMP_MODE_FILTER = 2;

const instruction = koffi.struct('sock_filter', { code: 'uint16', yes: 'uint8', no: 'uint8', operand: 'uint32' });
const instructions = koffi.alloc(instruction, FILTER.length);
const list = FILTER.map(([code, yes, no, operand]) => ({ code, yes, no, operand }));
koffi.encode(instructions, koffi.array(instruction, FILTER.length), list);
const program = koffi.struct('sock_fprog', { length: 'uint16', instructions: 'void *' });

const prctl = koffi.load('libc.so.6').func('prctl', 'int', ['int', 'ulong', koffi.pointer(program)]);
if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, { length: FILTER.length, instructions }) < 0)
  throw new Error(`no filter of seccomp: errno ${koffi.errno()}`);
