import { WeirError } from '../../src/base/error.ts';
import { BpfMap, indexKey } from '../../src/kernel/bpf-map.ts';
import { loadObject, type LoadedObject } from '../../src/kernel/bpf-object.ts';
import { testRun } from '../../src/kernel/test-run.ts';
import { threadSeconds } from '../cpu.ts';
import { FRAME_BYTES, planBytes, type Plan } from '../frames/plan.ts';
import { benchObject } from '../objects.ts';

/** Verdicts of XDP (include/uapi/linux/bpf.h). */
export const XDP = { aborted: 0, drop: 1, pass: 2, tx: 3, redirect: 4 } as const;

const XDP_MD_SIZE = 24;
/** What one call of the kernel may take before Ctrl-C is looked at. */
const MOST_AT_ONCE = 2_000_000;

export interface HarnessRun {
  /** Nanoseconds of this thread's processor for a packet. */
  nanoseconds: number;
  /** Of the last packet. */
  verdict: number;
}

/** The root program of bench/bpf/harness.bpf.c, loaded. */
export class Harness {
  readonly #object: LoadedObject;
  readonly #plans: BpfMap;
  readonly #underTest: BpfMap;

  constructor() {
    this.#object = loadObject(benchObject('harness'), { reuse: new Map(), sizes: new Map() });
    this.#plans = new BpfMap(this.#object.maps.get('plans') ?? -1, 'plans');
    this.#underTest = new BpfMap(this.#object.maps.get('under_test') ?? -1, 'under_test');
  }

  /**
   * Runs a program over so many packets of a plan, as if they had come in by an interface of the network namespace that this
   * thread is in. Processor time is taken, not the clock: what else runs on the machine counts only through its caches.
   * @throws WeirError INTERNAL if the program was not reached; KERNEL_CALL_FAILED
   */
  run(program: number, plan: Plan, packets: number, interfaceIndex: number): HarnessRun {
    this.#plans.set(0, planBytes(plan));
    this.#underTest.set(0, indexKey(program));
    const context = Buffer.alloc(XDP_MD_SIZE);
    context.writeUInt32LE(FRAME_BYTES, 4);
    context.writeUInt32LE(interfaceIndex, 12);
    let verdict: number = XDP.aborted;
    const began = threadSeconds();
    for (let left = packets; left > 0; left -= MOST_AT_ONCE) {
      const repeat = Math.min(left, MOST_AT_ONCE);
      verdict = testRun(this.#object.program('bench_root'), { data: Buffer.from(plan.frame), context, repeat }).verdict;
    }
    const nanoseconds = ((threadSeconds() - began) / packets) * 1e9;
    if (verdict === XDP.aborted) throw new WeirError('INTERNAL', 'the program under test was not reached, or gave up');
    return { nanoseconds, verdict };
  }

  close(): void {
    this.#object.close();
  }
}
