import koffi, { type KoffiFunc, type LibraryHandle } from 'koffi';
import { WeirError } from '../base/error.ts';

/**
 * libbpf 1.x and the few libc calls beside it, as they are: thin declarations, no policy. Functions that return a negative errno
 * are wrapped by `check`; pointers are opaque.
 */

export type Pointer = unknown;

interface Library {
  object_open: (path: string, options: Buffer) => Pointer;
  object_load: KoffiFunc<(object: Pointer) => number>;
  object_close: (object: Pointer) => void;
  object_next_map: (object: Pointer, previous: Pointer) => Pointer;
  object_find_program: (object: Pointer, name: string) => Pointer;
  map_name: (map: Pointer) => string;
  map_fd: (map: Pointer) => number;
  map_reuse_fd: (map: Pointer, fd: number) => number;
  map_set_max_entries: (map: Pointer, entries: number) => number;
  map_set_initial_value: (map: Pointer, value: Buffer, size: number) => number;
  object_next_program: (object: Pointer, previous: Pointer) => Pointer;
  program_set_autoload: (program: Pointer, autoload: boolean) => number;
  program_fd: (program: Pointer) => number;
  map_create: (
    type: number,
    name: string,
    keySize: number,
    valueSize: number,
    entries: number,
    options: null,
  ) => number;
  map_lookup: (fd: number, key: Buffer, value: Buffer) => number;
  map_update: (fd: number, key: Buffer, value: Buffer, flags: bigint) => number;
  map_delete: (fd: number, key: Buffer) => number;
  map_lookup_batch: KoffiFunc<
    (
      fd: number,
      from: Buffer | null,
      next: Buffer,
      keys: Buffer,
      values: Buffer,
      count: Buffer,
      options: null,
    ) => number
  >;
  map_update_batch: (fd: number, keys: Buffer, values: Buffer, count: Buffer, options: null) => number;
  map_fd_by_id: (id: number) => number;
  program_fd_by_id: (id: number) => number;
  object_info: (fd: number, info: Buffer, length: Buffer) => number;
  pin: (fd: number, path: string) => number;
  open_pin: (path: string) => number;
  link_create: (program: number, target: number, attachType: number, options: Buffer | null) => number;
  link_update: (link: number, program: number, options: null) => number;
  link_detach: (link: number) => number;
  tc_hook_create: (hook: Buffer) => number;
  tc_attach: (hook: Buffer, options: Buffer) => number;
  tc_detach: (hook: Buffer, options: Buffer) => number;
  tc_query: (hook: Buffer, options: Buffer) => number;
  xdp_query: (interfaceIndex: number, flags: number, options: Buffer) => number;
  xdp_attach: (interfaceIndex: number, program: number, flags: number, options: null) => number;
  program_query: (
    target: number,
    attachType: number,
    queryFlags: number,
    attachFlags: null,
    programs: Buffer,
    count: Buffer,
  ) => number;
  link_next_id: (after: number, next: Buffer) => number;
  link_fd_by_id: (id: number) => number;
  test_run: KoffiFunc<(program: number, options: Buffer) => number>;
  probe_helper: (programType: number, helper: number, options: null) => number;
  possible_cpus: () => number;
  set_print: (callback: null) => Pointer;
  mount: (source: string, target: string, type: string, flags: number, data: Buffer | null) => number;
  umount: (target: string, flags: number) => number;
  flock: (fd: number, operation: number) => number;
  clock_gettime: (clock: number, time: Buffer) => number;
  close: (fd: number) => number;
  getrlimit: (resource: number, limits: Buffer) => number;
  setrlimit: (resource: number, limits: Buffer) => number;
}

let library: Library | undefined;

/** The library, loaded once. @throws WeirError KERNEL_FEATURE_MISSING without libbpf.so.1 */
export function libbpf(): Library {
  library ??= declare();
  return library;
}

function declare(): Library {
  let bpf: LibraryHandle;
  try {
    bpf = koffi.load('libbpf.so.1');
  } catch (cause) {
    throw new WeirError('KERNEL_FEATURE_MISSING', 'libbpf cannot be loaded', {
      expected: 'libbpf.so.1, version 1.0 or newer',
      fix: 'apt-get install libbpf1',
      cause,
    });
  }
  const libc = koffi.load('libc.so.6');
  const declared: Library = {
    object_open: bpf.func('void *bpf_object__open_file(const char *path, const void *opts)'),
    object_load: bpf.func('int bpf_object__load(void *obj)'),
    object_close: bpf.func('void bpf_object__close(void *obj)'),
    object_next_map: bpf.func('void *bpf_object__next_map(void *obj, void *map)'),
    object_find_program: bpf.func('void *bpf_object__find_program_by_name(void *obj, const char *name)'),
    map_name: bpf.func('const char *bpf_map__name(void *map)'),
    map_fd: bpf.func('int bpf_map__fd(void *map)'),
    map_reuse_fd: bpf.func('int bpf_map__reuse_fd(void *map, int fd)'),
    map_set_max_entries: bpf.func('int bpf_map__set_max_entries(void *map, uint32_t max_entries)'),
    map_set_initial_value: bpf.func('int bpf_map__set_initial_value(void *map, const void *data, size_t size)'),
    object_next_program: bpf.func('void *bpf_object__next_program(void *obj, void *prog)'),
    program_set_autoload: bpf.func('int bpf_program__set_autoload(void *prog, bool autoload)'),
    program_fd: bpf.func('int bpf_program__fd(void *prog)'),
    map_create: bpf.func(
      'int bpf_map_create(int type, const char *name, uint32_t key_size, uint32_t value_size, uint32_t max_entries, void *opts)',
    ),
    map_lookup: bpf.func('int bpf_map_lookup_elem(int fd, const void *key, void *value)'),
    map_update: bpf.func('int bpf_map_update_elem(int fd, const void *key, const void *value, uint64_t flags)'),
    map_delete: bpf.func('int bpf_map_delete_elem(int fd, const void *key)'),
    map_lookup_batch: bpf.func(
      'int bpf_map_lookup_batch(int fd, void *in_batch, void *out_batch, void *keys, void *values, void *count, void *opts)',
    ),
    map_update_batch: bpf.func(
      'int bpf_map_update_batch(int fd, const void *keys, const void *values, void *count, void *opts)',
    ),
    map_fd_by_id: bpf.func('int bpf_map_get_fd_by_id(uint32_t id)'),
    program_fd_by_id: bpf.func('int bpf_prog_get_fd_by_id(uint32_t id)'),
    object_info: bpf.func('int bpf_obj_get_info_by_fd(int fd, void *info, void *info_len)'),
    pin: bpf.func('int bpf_obj_pin(int fd, const char *path)'),
    open_pin: bpf.func('int bpf_obj_get(const char *path)'),
    link_create: bpf.func('int bpf_link_create(int prog_fd, int target_fd, int attach_type, void *opts)'),
    link_update: bpf.func('int bpf_link_update(int link_fd, int new_prog_fd, void *opts)'),
    link_detach: bpf.func('int bpf_link_detach(int link_fd)'),
    tc_hook_create: bpf.func('int bpf_tc_hook_create(void *hook)'),
    tc_attach: bpf.func('int bpf_tc_attach(const void *hook, void *opts)'),
    tc_detach: bpf.func('int bpf_tc_detach(const void *hook, const void *opts)'),
    tc_query: bpf.func('int bpf_tc_query(const void *hook, void *opts)'),
    xdp_query: bpf.func('int bpf_xdp_query(int ifindex, int flags, void *opts)'),
    xdp_attach: bpf.func('int bpf_xdp_attach(int ifindex, int prog_fd, uint32_t flags, void *opts)'),
    program_query: bpf.func(
      'int bpf_prog_query(int target_fd, int type, uint32_t query_flags, void *attach_flags, void *prog_ids, void *prog_cnt)',
    ),
    link_next_id: bpf.func('int bpf_link_get_next_id(uint32_t start_id, void *next_id)'),
    link_fd_by_id: bpf.func('int bpf_link_get_fd_by_id(uint32_t id)'),
    test_run: bpf.func('int bpf_prog_test_run_opts(int prog_fd, void *opts)'),
    probe_helper: bpf.func('int libbpf_probe_bpf_helper(int prog_type, int helper_id, const void *opts)'),
    possible_cpus: bpf.func('int libbpf_num_possible_cpus()'),
    set_print: bpf.func('void *libbpf_set_print(void *fn)'),
    mount: libc.func(
      'int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)',
    ),
    umount: libc.func('int umount2(const char *target, int flags)'),
    flock: libc.func('int flock(int fd, int operation)'),
    clock_gettime: libc.func('int clock_gettime(int clock, void *time)'),
    close: libc.func('int close(int fd)'),
    getrlimit: libc.func('int getrlimit(int resource, void *limits)'),
    setrlimit: libc.func('int setrlimit(int resource, const void *limits)'),
  };
  declared.set_print(null);
  return declared;
}

/** errno of the last libc call on this thread, as a positive number. */
export function lastErrno(): number {
  return koffi.errno();
}

const ERRNO_NAMES = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));

export function errnoName(errno: number): string {
  return ERRNO_NAMES.get(errno) ?? `errno ${errno}`;
}

/**
 * The result of a call that answers with a negative errno; the error names what was attempted.
 * @throws WeirError PRIVILEGE_MISSING for EPERM and EACCES, else KERNEL_CALL_FAILED
 */
export function check(result: number, attempt: string): number {
  if (result >= 0) return result;
  throw kernelError(-result, attempt);
}

export function kernelError(errno: number, attempt: string): WeirError {
  const name = errnoName(errno);
  if (name === 'EPERM' || name === 'EACCES') {
    return new WeirError('PRIVILEGE_MISSING', `${attempt}: not permitted`, {
      errno: name,
      expected: 'root, or the capabilities CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON and CAP_SYS_ADMIN',
      found: `user ${process.getuid?.() ?? '?'}`,
      fix: 'run it as root',
    });
  }
  if (name === 'EMFILE') {
    return new WeirError('KERNEL_CALL_FAILED', `${attempt}: too many open files`, {
      errno: name,
      fix: 'raise the limit: ulimit -n 16384, of a systemd unit LimitNOFILE=16384',
    });
  }
  return new WeirError('KERNEL_CALL_FAILED', `${attempt}: ${name}`, { errno: name });
}
