import koffi from 'koffi';
import { check, libbpf } from './libbpf.ts';
import { writeStruct } from './struct.ts';

/** struct bpf_test_run_opts (tools/lib/bpf/bpf.h). */
const SIZE = 80;
const FIELDS = [
  { name: 'sz', size: 8, offset: 0 },
  { name: 'data_in', size: 8, offset: 8 },
  { name: 'data_out', size: 8, offset: 16 },
  { name: 'data_size_in', size: 4, offset: 24 },
  { name: 'data_size_out', size: 4, offset: 28 },
  { name: 'ctx_in', size: 8, offset: 32 },
  { name: 'ctx_out', size: 8, offset: 40 },
  { name: 'ctx_size_in', size: 4, offset: 48 },
  { name: 'ctx_size_out', size: 4, offset: 52 },
  { name: 'repeat', size: 4, offset: 60 },
] as const;
const RETVAL = 56;
const DATA_SIZE_OUT = 28;
const DURATION = 64;

export interface TestRunInput {
  /** The frame, for packet programs. */
  data?: Buffer;
  /** The context as the program sees it: `struct xdp_md`, `struct __sk_buff`, or a syscall program's own. */
  context?: Buffer;
  repeat?: number;
}

export interface TestRunOutput {
  /** What the program returned. */
  verdict: number;
  data: Buffer;
  context: Buffer;
  /** Nanoseconds per run. */
  duration: number;
}

/** Runs a loaded program once on given input (BPF_PROG_TEST_RUN), on this thread. */
export function testRun(program: number, input: TestRunInput): TestRunOutput {
  const run = prepare(input);
  check(libbpf().test_run(program, run.options), 'run a program');
  return run.output();
}

/** As `testRun`, off the event loop's thread: for programs that take their time. */
export async function testRunAsync(program: number, input: TestRunInput): Promise<TestRunOutput> {
  const run = prepare(input);
  const result = await new Promise<number>((resolve, reject) => {
    libbpf().test_run.async(program, run.options, (error: Error | null, value: number) =>
      error ? reject(error) : resolve(value),
    );
  });
  check(result, 'run a program');
  return run.output();
}

/** The options point at the buffers, so the closure of `output` also keeps the input alive until the call is over. */
function prepare(input: TestRunInput): { options: Buffer; output: () => TestRunOutput } {
  // Head room for what a program may add to the packet.
  const dataOut = Buffer.alloc(input.data === undefined ? 0 : input.data.length + 512);
  const contextOut = Buffer.alloc(input.context?.length ?? 0);
  const options = writeStruct(SIZE, FIELDS, {
    sz: SIZE,
    ...(input.data === undefined
      ? {}
      : {
          data_in: koffi.address(input.data),
          data_size_in: input.data.length,
          data_out: koffi.address(dataOut),
          data_size_out: dataOut.length,
        }),
    ...(input.context === undefined
      ? {}
      : {
          ctx_in: koffi.address(input.context),
          ctx_size_in: input.context.length,
          ctx_out: koffi.address(contextOut),
          ctx_size_out: contextOut.length,
        }),
    repeat: input.repeat ?? 0,
  });
  return {
    options,
    output: () => ({
      verdict: options.readUInt32LE(RETVAL),
      data:
        input.data === undefined
          ? dataOut
          : dataOut.subarray(0, Math.min(options.readUInt32LE(DATA_SIZE_OUT), dataOut.length)),
      context: input.context === undefined ? Buffer.alloc(0) : contextOut,
      duration: options.readUInt32LE(DURATION),
    }),
  };
}
