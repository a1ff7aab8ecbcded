import koffi from 'koffi';
import { WeirError } from '../base/error.ts';
import { type Pointer, check, errnoName, kernelError, lastErrno, libbpf } from './libbpf.ts';
import { writeStruct } from './struct.ts';

/** What a compiled object becomes when it is loaded: which maps it shares with others, and how large new ones are. */
export interface LoadPlan {
  /** Maps that exist already, by name: the object uses these descriptors. */
  reuse: ReadonlyMap<string, number>;
  /** `max_entries` of maps that are created. */
  sizes: ReadonlyMap<string, number>;
  /** 32-bit constants of sections `.rodata.NAME`, by name: the kernel leaves out what cannot be reached with them. Others stay as compiled. */
  constants?: ReadonlyMap<string, number>;
  /** False to make the maps alone, which costs nothing like the verification of the programs. */
  programs?: boolean;
}

export interface LoadedObject {
  /** Descriptors of all maps of the object, by name. They are closed with the object: duplicate (pin, open) what must outlive it. */
  maps: ReadonlyMap<string, number>;
  program(name: string): number;
  close(): void;
}

/** struct bpf_object_open_opts of libbpf 1.1. */
const OPEN_OPTIONS = [
  { name: 'sz', size: 8, offset: 0 },
  { name: 'kernel_log_buf', size: 8, offset: 56 },
  { name: 'kernel_log_size', size: 8, offset: 64 },
  { name: 'kernel_log_level', size: 4, offset: 72 },
] as const;
const LOG_SIZE = 1 << 20;

/**
 * Loads the object at `path` into the kernel: every program of it, and its maps.
 * @throws WeirError OBJECT_INVALID (unreadable file, refused by the verifier: its last lines are in `found`), PRIVILEGE_MISSING
 */
export function loadObject(path: string, plan: LoadPlan): LoadedObject {
  const opened = openObject(path, plan);
  return finish(opened, path, libbpf().object_load(opened.object));
}

/** As `loadObject`, off the event loop's thread: the kernel takes seconds to verify large programs. */
export async function loadObjectAsync(path: string, plan: LoadPlan): Promise<LoadedObject> {
  const opened = openObject(path, plan);
  const result = await new Promise<number>((resolve, reject) => {
    libbpf().object_load.async(opened.object, (error: Error | null, value: number) =>
      error ? reject(error) : resolve(value),
    );
  });
  return finish(opened, path, result);
}

/** An object of libbpf that is not loaded yet, and where the verifier writes. */
interface OpenedObject {
  object: Pointer;
  log: Buffer;
}

function openObject(path: string, plan: LoadPlan): OpenedObject {
  const bpf = libbpf();
  const log = Buffer.alloc(LOG_SIZE);
  const options = writeStruct(80, OPEN_OPTIONS, {
    sz: 80,
    kernel_log_buf: koffi.address(log),
    kernel_log_size: LOG_SIZE,
    kernel_log_level: 0,
  });
  const object = bpf.object_open(path, options);
  if (!object)
    throw new WeirError('OBJECT_INVALID', `cannot open the eBPF object ${path}: ${errnoName(lastErrno())}`, {
      where: path,
      fix: 'reinstall Weir, or run `npm run bpf`',
    });
  try {
    prepareMaps(object, plan);
    if (plan.programs === false) leaveOutPrograms(object);
    return { object, log };
  } catch (error) {
    bpf.object_close(object);
    throw error;
  }
}

function finish({ object, log }: OpenedObject, path: string, result: number): LoadedObject {
  if (result >= 0) return loaded(object, path);
  libbpf().object_close(object);
  throw loadError(path, -result, log);
}

function prepareMaps(object: Pointer, plan: LoadPlan): void {
  const bpf = libbpf();
  for (const map of mapsOf(object)) {
    const name = tableName(map);
    const reused = plan.reuse.get(name);
    const size = plan.sizes.get(name);
    const constant = plan.constants?.get(name);
    if (reused !== undefined) check(bpf.map_reuse_fd(map, reused), `reuse the map ${name}`);
    else if (size !== undefined) check(bpf.map_set_max_entries(map, size), `size the map ${name}`);
    else if (constant !== undefined)
      check(
        bpf.map_set_initial_value(map, Buffer.from(Uint32Array.of(constant).buffer), 4),
        `set the constant ${name}`,
      );
  }
}

function leaveOutPrograms(object: Pointer): void {
  const bpf = libbpf();
  for (let each = bpf.object_next_program(object, null); each; each = bpf.object_next_program(object, each))
    check(bpf.program_set_autoload(each, false), 'leave out a program');
}

function loaded(object: Pointer, path: string): LoadedObject {
  const bpf = libbpf();
  return {
    maps: new Map(mapsOf(object).map((map) => [tableName(map), bpf.map_fd(map)])),
    program(name) {
      const program = bpf.object_find_program(object, name);
      if (!program) throw new WeirError('OBJECT_INVALID', `there is no program ${name} in ${path}`);
      return check(bpf.program_fd(program), `find the program ${name}`);
    },
    close: () => bpf.object_close(object),
  };
}

/** A variable in a section `.data.NAME` or `.rodata.NAME` is the table NAME of one entry. */
function tableName(map: Pointer): string {
  return libbpf()
    .map_name(map)
    .replace(/^\.(ro)?data\./, '');
}

function mapsOf(object: Pointer): Pointer[] {
  const maps: Pointer[] = [];
  for (let map = libbpf().object_next_map(object, null); map; map = libbpf().object_next_map(object, map))
    maps.push(map);
  return maps;
}

function loadError(path: string, errno: number, log: Buffer): WeirError {
  const error = kernelError(errno, `load ${path}`);
  if (error.code === 'PRIVILEGE_MISSING' && process.getuid?.() !== 0) return error;
  if (errnoName(errno) === 'EMFILE') return error;
  const text = log.toString('utf8', 0, Math.max(0, log.indexOf(0))).trim();
  return new WeirError('OBJECT_INVALID', `the kernel refused the program: ${errnoName(errno)}`, {
    errno: errnoName(errno),
    where: path,
    expected: 'Linux 6.1 or newer with BPF, BTF and TC or XDP',
    found: text === '' ? 'no verifier log' : text.split('\n').slice(-12).join('\n'),
  });
}
