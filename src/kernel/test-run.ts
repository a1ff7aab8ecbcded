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
  { name: 'flags', size: 4, offset: 68 },
  { name: 'batch_size', size: 4, offset: 76 },
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
  /** Bytes by which the frame may grow; 512 if absent. */
  room?: number;
}

export interface TestRunOutput {
  /** What the program returned. */
  verdict: number;
  data: Buffer;
  context: Buffer;
  /** Nanoseconds per run. */
  duration: number;
}

const BPF_F_TEST_XDP_LIVE_FRAMES = 2;

/**
 * Runs an XDP program so many times and does with the frames what it says: XDP_REDIRECT really sends them (Linux 5.18). The frames are
 * pages that the kernel uses again as they come back, so the program has to write them anew each time.
 * @param batch frames that are sent at once, 1 to 256
 */
export function sendFrames(program: number, frame: Buffer, count: number, batch: number): void {
  const options = writeStruct(SIZE, FIELDS, {
    sz: SIZE,
    ...inOut('data', frame, undefined),
    repeat: count,
    flags: BPF_F_TEST_XDP_LIVE_FRAMES,
    batch_size: batch,
  });
  check(libbpf().test_run(program, options), 'send frames by a program');
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

/**
 * The options point at the buffers, so the closure of `output` also keeps the input alive until the call is over.
 * A syscall program's context is written back in place, a packet program's to a buffer of its own.
 */
function prepare({ data, context, repeat = 0, room = 512 }: TestRunInput): {
  options: Buffer;
  output: () => TestRunOutput;
} {
  const dataOut = data === undefined ? undefined : Buffer.alloc(data.length + room);
  const contextOut = data === undefined || context === undefined ? context : Buffer.alloc(context.length);
  const options = writeStruct(SIZE, FIELDS, {
    sz: SIZE,
    ...inOut('data', data, dataOut),
    ...inOut('ctx', context, contextOut === context ? undefined : contextOut),
    repeat,
  });
  return {
    options,
    output: () => ({
      verdict: options.readUInt32LE(RETVAL),
      data: dataOut?.subarray(0, Math.min(options.readUInt32LE(DATA_SIZE_OUT), dataOut.length)) ?? Buffer.alloc(0),
      context: contextOut ?? Buffer.alloc(0),
      duration: options.readUInt32LE(DURATION),
    }),
  };
}

function inOut(
  name: 'data' | 'ctx',
  input: Buffer | undefined,
  output: Buffer | undefined,
): Record<string, number | bigint> {
  return {
    ...(input === undefined ? {} : { [`${name}_in`]: koffi.address(input), [`${name}_size_in`]: input.length }),
    ...(output === undefined ? {} : { [`${name}_out`]: koffi.address(output), [`${name}_size_out`]: output.length }),
  };
}
