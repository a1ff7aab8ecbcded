import { join } from 'node:path';
import { benchObject } from '../../bench/objects.ts';
import type { PlayedHook } from '../../src/engine/compliance/ebpf/rig.ts';
import { PIN_LAYOUT } from '../../src/engine/ebpf/maps/tables.ts';
import { BpfMap, indexKey } from '../../src/kernel/bpf-map.ts';
import { type LoadedObject, loadObject } from '../../src/kernel/bpf-object.ts';
import { openPin } from '../../src/kernel/bpffs.ts';
import { linkInfo } from '../../src/kernel/hooks.ts';
import { findInterface } from '../../src/kernel/interfaces.ts';
import { check, libbpf } from '../../src/kernel/libbpf.ts';
import { testRun } from '../../src/kernel/test-run.ts';
import type { VerdictClass } from '../../src/lvs/reason.ts';

const ROOM = 16_384;
const XDP = { data: 24, end: 4, arrived: 12, drop: 1, pass: 2, tx: 3, redirect: 4 } as const;
const TC = { size: 192, arrived: 36, on: 40, shot: 2, redirect: 7 } as const;

/** What the programs made of one frame. */
export interface Ran {
  verdict: VerdictClass;
  /** What is sent, if it is one frame; fragments go out by the cable. */
  frame: Uint8Array | undefined;
}

/**
 * The programs as they are attached in this network namespace, run on single frames (BPF_PROG_TEST_RUN): much quicker than a cable, and
 * with rubbish in the head room of XDP. What XDP passes goes on to TC, as it would.
 */
export class TestRuns {
  readonly #poison: LoadedObject | undefined;
  readonly #tc: number;
  readonly #indices: ReadonlyMap<string, number>;

  /** @param runFolder of the engine */
  constructor(runFolder: string, hook: PlayedHook, interfaces: readonly string[]) {
    this.#indices = new Map(interfaces.map((name) => [name, findInterface(name).index]));
    const links = join(runFolder, 'bpf', PIN_LAYOUT, 'links');
    const [first] = this.#indices.values();
    this.#tc = attachedProgram(join(links, `tcx_${first ?? 0}`));
    if (hook === 'tc') return;
    this.#poison = loadObject(benchObject('poison'), { reuse: new Map(), sizes: new Map() });
    const xdp = attachedProgram(join(links, `xdp_${first ?? 0}`));
    new BpfMap(this.#poison.maps.get('under_test') ?? -1, 'under_test').set(0, indexKey(xdp));
    libbpf().close(xdp);
  }

  /** @param frame at least an Ethernet header */
  run(arrives: string, frame: Uint8Array): Ran {
    const data = Buffer.from(frame);
    const index = this.#indices.get(arrives) ?? 0;
    return (this.#poison && this.#xdp(this.#poison, data, index)) ?? this.#throughTc(data, index);
  }

  close(): void {
    this.#poison?.close();
    libbpf().close(this.#tc);
  }

  #xdp(root: LoadedObject, data: Buffer, index: number): Ran | undefined {
    const context = Buffer.alloc(XDP.data);
    context.writeUInt32LE(data.length, XDP.end);
    context.writeUInt32LE(index, XDP.arrived);
    const { verdict, data: out } = testRun(root.program('poison_root'), { data, context, room: ROOM });
    if (verdict === XDP.tx || verdict === XDP.redirect) return { verdict: 'forward', frame: Uint8Array.from(out) };
    if (verdict === XDP.drop) return { verdict: 'drop', frame: undefined };
    if (verdict !== XDP.pass) throw new Error(`the XDP program ended with ${verdict}`);
    return undefined;
  }

  #throughTc(data: Buffer, index: number): Ran {
    const context = Buffer.alloc(TC.size);
    context.writeUInt32LE(index, TC.arrived);
    context.writeUInt32LE(index, TC.on);
    const { verdict, data: out } = testRun(this.#tc, { data, context, room: ROOM });
    if (verdict === TC.redirect) return { verdict: 'forward', frame: Uint8Array.from(out) };
    return { verdict: verdict === TC.shot ? 'drop' : 'pass', frame: undefined };
  }
}

function attachedProgram(path: string): number {
  const link = openPin(path);
  const { program } = linkInfo(link);
  libbpf().close(link);
  return check(libbpf().program_fd_by_id(program), `open the program of ${path}`);
}
