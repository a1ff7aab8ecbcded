import { libbpf } from './libbpf.ts';

/** BPF_PROG_TYPE_SYSCALL and BPF_FUNC_probe_read_kernel (include/uapi/linux/bpf.h). */
const SYSCALL_PROGRAM = 31;
const PROBE_READ_KERNEL = 113;

/**
 * Whether programs that the process runs itself may read the kernel's memory. They may not where the kernel is locked down for
 * confidentiality (kernel_lockdown(7)): such a kernel refuses to load them.
 */
export function mayReadKernelMemory(): boolean {
  return libbpf().probe_helper(SYSCALL_PROGRAM, PROBE_READ_KERNEL, null) === 1;
}
