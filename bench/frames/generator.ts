import { readFileSync, readdirSync } from 'node:fs';
import { BpfMap, indexKey } from '../../src/kernel/bpf-map.ts';
import { loadObject, type LoadedObject } from '../../src/kernel/bpf-object.ts';
import type { Interface } from '../../src/kernel/interfaces.ts';
import { sendFrames } from '../../src/kernel/test-run.ts';
import { visitNamespace } from '../../src/kernel/visit-namespace.ts';
import { threadSeconds } from '../cpu.ts';
import { benchObject } from '../objects.ts';
import { FRAME_BYTES, planBytes, sentOf, type Plan } from './plan.ts';

/** Frames that are sent at once. More overflow the ring of a veth, which has 256 places. */
const BATCH = 64;

export interface Sending {
  sent: number;
  /** By the clock, and of processor time: of this thread and of the threads of the kernel that take over what is left behind. */
  seconds: number;
  cpuSeconds: number;
}

/**
 * Sends crafted frames out of a client's interface as fast as they are taken. All of the way to the server is the work of the
 * processor that this thread is on: a veth hands over within the same softirq.
 */
export class Generator {
  readonly #object: LoadedObject;
  readonly #plans: BpfMap;
  readonly #namespace: string;

  constructor(namespace: string, outgoing: Interface) {
    this.#namespace = namespace;
    this.#object = loadObject(benchObject('generate'), { reuse: new Map(), sizes: new Map() });
    this.#plans = new BpfMap(this.#object.maps.get('plans') ?? -1, 'plans');
    new BpfMap(this.#object.maps.get('outgoing') ?? -1, 'outgoing').set(0, indexKey(outgoing.index));
  }

  async send(plan: Plan, count: number): Promise<Sending> {
    this.#plans.set(0, planBytes(plan));
    // A page holds head room, frame and what the kernel keeps beside them; the frame itself is written by the program.
    const frame = Buffer.from(plan.frame.subarray(0, FRAME_BYTES));
    const [clock, own, kernel] = [performance.now(), threadSeconds(), softirqThreads()];
    await visitNamespace(this.#namespace, () => sendFrames(this.#object.program('generate'), frame, count, BATCH));
    const seconds = (performance.now() - clock) / 1000;
    const cpuSeconds = threadSeconds() - own + softirqThreads() - kernel;
    return { sent: sentOf(this.#plans.at(0)), seconds, cpuSeconds };
  }

  close(): void {
    this.#object.close();
  }
}

let kernelThreads: string[] | undefined;

/** Seconds that the threads ksoftirqd have worked: the first figure of /proc/PID/schedstat, in nanoseconds. */
function softirqThreads(): number {
  kernelThreads ??= readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && nameOf(pid).startsWith('ksoftirqd/'));
  const nanoseconds = kernelThreads.map((pid) =>
    Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9;
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1');
  } catch {
    return '';
  }
}
