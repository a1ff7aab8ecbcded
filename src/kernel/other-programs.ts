import { check, libbpf } from './libbpf.ts';
import { linkInfo } from './hooks.ts';
import type { Interface } from './interfaces.ts';

/** Programs whoever has attached them: the chain at tcx, names, links; and XDP programs without a link. */

const BPF_TCX_INGRESS = 46;
/** The kernel's most at one hook (BPF_MPROG_MAX). */
const MOST_PROGRAMS = 64;

/** The programs at tcx ingress, in the order in which packets meet them; none where the kernel has no tcx. */
export function tcxPrograms({ index }: Pick<Interface, 'index'>): number[] {
  const programs = Buffer.alloc(MOST_PROGRAMS * 4);
  const count = Buffer.alloc(4);
  count.writeUInt32LE(MOST_PROGRAMS, 0);
  if (libbpf().program_query(index, BPF_TCX_INGRESS, 0, null, programs, count) < 0) return [];
  return Array.from({ length: count.readUInt32LE(0) }, (_, place) => programs.readUInt32LE(place * 4));
}

/** name in struct bpf_prog_info. */
const NAME = { offset: 64, length: 16 } as const;

/** The name of a loaded program; '' where it has none, or is gone. */
export function programName(program: number): string {
  const fd = libbpf().program_fd_by_id(program);
  if (fd < 0) return '';
  const info = Buffer.alloc(NAME.offset + NAME.length);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(info.length, 0);
  const result = libbpf().object_info(fd, info, length);
  libbpf().close(fd);
  if (result < 0) return '';
  return info.toString('latin1', NAME.offset, NAME.offset + NAME.length).replace(/\0.*$/su, '');
}

/** The number of the link that holds a program at an interface; undefined where it is attached without one. */
export function linkHolding(program: number, { index }: Pick<Interface, 'index'>): number | undefined {
  const next = Buffer.alloc(4);
  for (let id = 0; libbpf().link_next_id(id, next) === 0;) {
    id = next.readUInt32LE(0);
    const fd = libbpf().link_fd_by_id(id);
    if (fd < 0) continue;
    const info = linkInfo(fd);
    libbpf().close(fd);
    if (info.program === program && info.interfaceIndex === index) return id;
  }
  return undefined;
}

const XDP_FLAGS_UPDATE_IF_NOEXIST = 1 << 0;
const XDP_FLAGS_DRV_MODE = 1 << 2;

/**
 * Attaches an XDP program by the driver as `ip link` does, without a link: it stays until it is taken off, or the interface goes.
 * @throws WeirError KERNEL_CALL_FAILED where another is there
 */
export function attachXdpForGood(program: number, to: Pick<Interface, 'name' | 'index'>): void {
  const flags = XDP_FLAGS_UPDATE_IF_NOEXIST | XDP_FLAGS_DRV_MODE;
  check(libbpf().xdp_attach(to.index, program, flags, null), `attach to ${to.name} (XDP)`);
}

/** Takes off what is attached so. @throws WeirError KERNEL_CALL_FAILED */
export function detachXdp(from: Pick<Interface, 'name' | 'index'>): void {
  check(libbpf().xdp_attach(from.index, NO_PROGRAM, XDP_FLAGS_DRV_MODE, null), `take the program off ${from.name}`);
}

const NO_PROGRAM = -1;
