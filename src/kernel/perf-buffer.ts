import koffi, { type KoffiFunc, type TypeObject } from 'koffi';
import { kernelError, lastErrno, type Pointer } from './libbpf.ts';

/** Pages of memory of each processor for what is not read yet: 1 MiB. */
const PAGES = 256;

interface Calls {
  create: KoffiFunc<
    (map: number, pages: number, sample: Pointer, lost: Pointer, context: null, options: null) => Pointer
  >;
  consume: KoffiFunc<(buffer: Pointer) => number>;
  free: KoffiFunc<(buffer: Pointer) => void>;
  sample: TypeObject;
  lost: TypeObject;
}

let declared: Calls | undefined;

function calls(): Calls {
  if (declared !== undefined) return declared;
  const bpf = koffi.load('libbpf.so.1');
  declared = {
    create: bpf.func(
      'void *perf_buffer__new(int map_fd, size_t page_cnt, void *sample_cb, void *lost_cb, void *ctx, const void *opts)',
    ),
    consume: bpf.func('int perf_buffer__consume(void *pb)'),
    free: bpf.func('void perf_buffer__free(void *pb)'),
    sample: koffi.proto('void weir_perf_sample(void *ctx, int cpu, void *data, uint32_t size)'),
    lost: koffi.proto('void weir_perf_lost(void *ctx, int cpu, uint64_t count)'),
  };
  return declared;
}

/** Reads what programs write to a map of type PERF_EVENT_ARRAY. One reader at a time; when its process ends, nobody listens. */
export class PerfBuffer {
  readonly #buffer: Pointer;
  readonly #callbacks: bigint[];

  /**
   * @param onRecord a record, which may be longer than what was written by up to 7 bytes; a copy
   * @param onLost records that found no room
   * @throws WeirError PRIVILEGE_MISSING, KERNEL_CALL_FAILED
   */
  constructor(map: number, onRecord: (bytes: Uint8Array) => void, onLost: (count: number) => void) {
    const { create, sample, lost } = calls();
    this.#callbacks = [
      koffi.register((_context: unknown, _cpu: number, data: Pointer, size: number) => {
        onRecord(new Uint8Array(koffi.view(data, size)).slice());
      }, koffi.pointer(sample)),
      koffi.register((_context: unknown, _cpu: number, count: number) => onLost(count), koffi.pointer(lost)),
    ];
    this.#buffer = create(map, PAGES, this.#callbacks[0], this.#callbacks[1], null, null);
    if (this.#buffer) return;
    const errno = lastErrno();
    this.#unregister();
    throw kernelError(errno, 'listen to the programs');
  }

  /** Delivers what has come since the last time. */
  read(): void {
    calls().consume(this.#buffer);
  }

  close(): void {
    calls().free(this.#buffer);
    this.#unregister();
  }

  #unregister(): void {
    for (const callback of this.#callbacks) koffi.unregister(callback);
  }
}
