import { WeirError } from '../base/error.ts';
import type { Interface } from './interfaces.ts';
import { check, errnoName, kernelError, libbpf } from './libbpf.ts';
import { writeStruct } from './struct.ts';

/**
 * The places where a program meets packets: tcx (Linux 6.6), clsact (older kernels), native XDP.
 * A tcx or XDP attachment is a link, which lives as long as someone holds or pins it; a clsact filter lives until it is deleted.
 */

/** enum bpf_attach_type (include/uapi/linux/bpf.h). */
const BPF_XDP = 37;
const BPF_TCX = { ingress: 46, egress: 47 } as const;

/** The way of packets that a program at TC sees. */
export type Direction = keyof typeof BPF_TCX;

/** Attaches at tcx; the descriptor of the link, or undefined where the kernel has no tcx. */
export function attachTcx(program: number, to: Interface, direction: Direction = 'ingress'): number | undefined {
  const result = libbpf().link_create(program, to.index, BPF_TCX[direction], null);
  if (result < 0 && ['EINVAL', 'EOPNOTSUPP'].includes(errnoName(-result))) return undefined;
  return check(result, `attach to ${to.name} (tcx ${direction})`);
}

/**
 * Attaches native XDP; the descriptor of the link.
 * @throws WeirError HOOK_OCCUPIED if another program is there, KERNEL_FEATURE_MISSING if the driver has no native XDP
 */
export function attachXdp(program: number, to: Interface): number {
  const flags = 1 << 2; // XDP_FLAGS_DRV_MODE: never the generic mode, which is slower than TC and breaks bulk TCP
  const options = writeStruct(
    64,
    [
      { name: 'sz', size: 8, offset: 0 },
      { name: 'flags', size: 4, offset: 8 },
    ],
    { sz: 64, flags },
  );
  const result = libbpf().link_create(program, to.index, BPF_XDP, options);
  if (result >= 0) return result;
  const name = errnoName(-result);
  if (name === 'EBUSY' || name === 'EEXIST') {
    throw new WeirError('HOOK_OCCUPIED', `another XDP program is attached to ${to.name}`, {
      errno: name,
      where: to.name,
      expected: 'no XDP program, or one of Weir',
      found: `program id ${xdpPrograms(to)[0]?.program ?? 0}`,
      fix: `detach it (ip link set dev ${to.name} xdp off) or run Weir with --hook tc`,
    });
  }
  if (name === 'EOPNOTSUPP' || name === 'EINVAL') {
    throw new WeirError('KERNEL_FEATURE_MISSING', `${to.name} has no native XDP`, {
      errno: name,
      where: to.name,
      fix: 'run Weir with --hook tc',
    });
  }
  throw kernelError(-result, `attach to ${to.name} (XDP)`);
}

/** How an XDP program is attached: by the driver, by the stack where the driver cannot, or on the card itself. */
export type XdpMode = 'native' | 'generic' | 'offloaded';

export interface AttachedXdp {
  /** The kernel's number of the program. */
  program: number;
  mode: XdpMode;
}

/** struct bpf_xdp_query_opts: where the number of the program of each mode is. */
const XDP_MODES = [
  ['native', 12],
  ['generic', 20],
  ['offloaded', 16],
] as const satisfies readonly (readonly [XdpMode, number])[];

/** The XDP programs on an interface; a card may run one while the driver runs another. @throws WeirError KERNEL_CALL_FAILED */
export function xdpPrograms(on: Pick<Interface, 'name' | 'index'>): AttachedXdp[] {
  const options = writeStruct(32, [{ name: 'sz', size: 8, offset: 0 }], { sz: 32 });
  check(libbpf().xdp_query(on.index, 0, options), `ask about XDP on ${on.name}`);
  return XDP_MODES.map(([mode, offset]) => ({ mode, program: options.readUInt32LE(offset) })).filter(
    ({ program }) => program !== 0,
  );
}

/** Puts another program in the place of the one a link runs; no packet meets neither. */
export function updateLink(link: number, program: number, where: string): void {
  check(libbpf().link_update(link, program, null), `replace the program on ${where}`);
}

export interface LinkInfo {
  type: number;
  program: number;
  /** 0 when the interface is gone. */
  interfaceIndex: number;
}

/** struct bpf_link_info, for XDP and tcx links. */
export function linkInfo(link: number): LinkInfo {
  const info = Buffer.alloc(64);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(info.length, 0);
  check(libbpf().object_info(link, info, length), 'ask about a link');
  return { type: info.readUInt32LE(0), program: info.readUInt32LE(8), interfaceIndex: info.readUInt32LE(16) };
}

/** The kernel's number of a loaded program (struct bpf_prog_info). */
export function programId(program: number): number {
  const info = Buffer.alloc(8);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(info.length, 0);
  check(libbpf().object_info(program, info, length), 'ask about a program');
  return info.readUInt32LE(4);
}

/* clsact, for kernels before 6.6 */

const BPF_TC = { ingress: 1, egress: 2 } as const;
const BPF_TC_F_REPLACE = 1;
const HANDLE = 1;

/** A place among the filters, as `tc filter show dev IF ingress` shows it. */
export interface ClsactPlace {
  direction: Direction;
  priority: number;
}

/** The director's own. */
export const DIRECTOR_IN: ClsactPlace = { direction: 'ingress', priority: 49_170 };
export const DIRECTOR_OUT: ClsactPlace = { ...DIRECTOR_IN, direction: 'egress' };

const HOOK_FIELDS = [
  { name: 'sz', size: 8, offset: 0 },
  { name: 'ifindex', size: 4, offset: 8 },
  { name: 'attach_point', size: 4, offset: 12 },
] as const;
const OPTION_FIELDS = [
  { name: 'sz', size: 8, offset: 0 },
  { name: 'prog_fd', size: 4, offset: 8 },
  { name: 'flags', size: 4, offset: 12 },
  { name: 'handle', size: 4, offset: 20 },
  { name: 'priority', size: 4, offset: 24 },
] as const;

/** Where a query writes the program's number: prog_id of struct bpf_tc_opts. */
const PROGRAM_ID_AT = 16;

const clsactHook = (index: number, { direction }: ClsactPlace): Buffer =>
  writeStruct(24, HOOK_FIELDS, { sz: 24, ifindex: index, attach_point: BPF_TC[direction] });
const clsactOptions = ({ priority }: ClsactPlace, values: Record<string, number>): Buffer =>
  writeStruct(32, OPTION_FIELDS, { sz: 32, handle: HANDLE, priority, ...values });

/** Attaches at clsact, in the place of an earlier program of Weir if there is one. */
export function attachClsact(program: number, to: Interface, place: ClsactPlace = DIRECTOR_IN): void {
  const hook = clsactHook(to.index, place);
  const created = libbpf().tc_hook_create(hook);
  if (created < 0 && errnoName(-created) !== 'EEXIST') throw kernelError(-created, `add clsact to ${to.name}`);
  const options = clsactOptions(place, { prog_fd: program, flags: BPF_TC_F_REPLACE });
  check(libbpf().tc_attach(hook, options), `attach to ${to.name} (clsact ${place.direction})`);
}

/** True if a program of Weir is at this place. */
export function hasClsact(on: Interface, place: ClsactPlace = DIRECTOR_IN): boolean {
  return clsactProgram(on, place) !== undefined;
}

/** The number of the program at this place, undefined if there is none. */
export function clsactProgram(on: Interface, place: ClsactPlace = DIRECTOR_IN): number | undefined {
  const options = clsactOptions(place, {});
  return libbpf().tc_query(clsactHook(on.index, place), options) === 0
    ? options.readUInt32LE(PROGRAM_ID_AT)
    : undefined;
}

/** Takes Weir's program off, if it is there. The clsact qdisc stays: others may use it. @param index of the interface */
export function detachClsact(index: number, place: ClsactPlace = DIRECTOR_IN): void {
  libbpf().tc_detach(clsactHook(index, place), clsactOptions(place, {}));
}
