import { PROGRAM } from '../../../kernel/abi.generated.ts';
import { BpfMap, indexKey } from '../../../kernel/bpf-map.ts';
import { type LoadPlan, type LoadedObject, loadObject, loadObjectAsync } from '../../../kernel/bpf-object.ts';
import { mayReadKernelMemory } from '../../../kernel/helper-probe.ts';
import type { Family } from '../../../lvs/service.ts';
import { type ObjectName, objectPath } from '../maps/object-path.ts';
import { TABLE_NAMES, type TableName, type Tables } from '../maps/tables.ts';

/** The forwarding programs and the sweepers, loaded over the director's tables. */
export interface Programs {
  /** At what comes in by a NIC. */
  tc: number;
  /** At what comes in by the loopback: what programs of the director itself send. */
  own: number;
  /** At what leaves by a NIC: what they answer. */
  out: number;
  sweep: Record<Family, number>;
  sweepTemplates: number;
  mend: number;
  /** Loaded when the first interface wants it. */
  xdp(): number;
  close(): void;
}

/** What the attached programs hand packets over to: slot, object and program, for each hook. */
const HANDED_OVER = {
  tc: [
    [PROGRAM.IPV6, 'tc6', 'weir_tc6'],
    [PROGRAM.NEW, 'tc', 'weir_tc_new'],
    [PROGRAM.NEW6, 'tc6', 'weir_tc6_new'],
    [PROGRAM.TELL, 'tc', 'weir_tc_tell'],
    [PROGRAM.TELL6, 'tc6', 'weir_tc6_tell'],
    [PROGRAM.CUT, 'tc', 'weir_tc_cut'],
    [PROGRAM.CUT6, 'tc6', 'weir_tc6_cut'],
    [PROGRAM.ICMP, 'tc', 'weir_tc_icmp'],
    [PROGRAM.ICMP6, 'tc6', 'weir_tc6_icmp'],
    [PROGRAM.OPTIONS, 'tc', 'weir_tc_options'],
    [PROGRAM.OPTIONS6, 'tc6', 'weir_tc6_options'],
    [PROGRAM.TUNNEL_ERROR, 'tc', 'weir_tc_tunnel_error'],
    [PROGRAM.REASSEMBLE, 'tc', 'weir_tc_reassemble'],
    [PROGRAM.REASSEMBLE6, 'tc6', 'weir_tc6_reassemble'],
    [PROGRAM.AGAIN, 'tc', 'weir_tc_again'],
    [PROGRAM.AGAIN6, 'tc6', 'weir_tc6_again'],
    [PROGRAM.SEAL, 'tc', 'weir_tc_seal'],
    [PROGRAM.SEAL6, 'tc6', 'weir_tc6_seal'],
    [PROGRAM.CALL, 'tc', 'weir_tc_call'],
    [PROGRAM.CALL6, 'tc6', 'weir_tc6_call'],
    [PROGRAM.BYPASS, 'tc', 'weir_tc_bypass'],
    [PROGRAM.BYPASS6, 'tc6', 'weir_tc6_bypass'],
    [PROGRAM.FOLLOW, 'tc', 'weir_tc_follow'],
    [PROGRAM.FOLLOW6, 'tc6', 'weir_tc6_follow'],
    [PROGRAM.SOURCE, 'tc', 'weir_tc_source'],
    [PROGRAM.SOURCE6, 'tc6', 'weir_tc6_source'],
    [PROGRAM.FULL_NAT, 'tc', 'weir_tc_full_nat'],
    [PROGRAM.FULL_NAT6, 'tc6', 'weir_tc6_full_nat'],
    [PROGRAM.IPV4, 'tc', 'weir_tc'],
    [PROGRAM.OWN, 'tc', 'weir_tc_settle'],
    [PROGRAM.OWN6, 'tc6', 'weir_tc6_settle'],
  ],
  out: [
    [PROGRAM.OUT, 'tc', 'weir_tc_outward'],
    [PROGRAM.OUT6, 'tc6', 'weir_tc6_outward'],
  ],
  xdp: [
    [PROGRAM.IPV6, 'xdp6', 'weir_xdp6'],
    [PROGRAM.NEW, 'xdp', 'weir_xdp_new'],
    [PROGRAM.NEW6, 'xdp6', 'weir_xdp6_new'],
    [PROGRAM.SEAL, 'xdp', 'weir_xdp_seal'],
    [PROGRAM.SEAL6, 'xdp6', 'weir_xdp6_seal'],
    [PROGRAM.SOURCE, 'xdp', 'weir_xdp_source'],
    [PROGRAM.SOURCE6, 'xdp6', 'weir_xdp6_source'],
    [PROGRAM.FULL_NAT, 'xdp', 'weir_xdp_full_nat'],
    [PROGRAM.FULL_NAT6, 'xdp6', 'weir_xdp6_full_nat'],
  ],
} as const satisfies Record<string, readonly (readonly [slot: number, object: ObjectName, program: string])[]>;

/** What the programs write for themselves alone: those that explain have their own. */
const SCRATCH: ReadonlySet<TableName> = new Set([
  'handovers',
  'cuts',
  'cuttings',
  'tc_programs',
  'xdp_programs',
  'reasons',
  'service_counters',
  'destination_counters',
]);

/** The programs for TC, compiled so that they explain (bpf/explain/explain.h). */
export interface ExplainingPrograms {
  program: number;
  /** struct weir_explanation. */
  explanations: BpfMap;
  /** Fragments that would leave (bpf/fragment/cut.h). */
  leaving: BpfMap;
  close(): void;
}

/** Loads them over the director's tables, of which they read and change nothing. */
export async function loadExplaining(tables: Tables): Promise<ExplainingPrograms> {
  const reuse = new Map<string, number>();
  for (const name of TABLE_NAMES) if (!SCRATCH.has(name)) reuse.set(name, tables.maps[name].fd);
  const objects = new Objects(reuse);
  try {
    const own = objects.makeMaps('explain');
    for (const name of ['handovers', 'cuts', 'cuttings', 'tc_programs', 'explanations', 'leaving'])
      reuse.set(name, own(name));
    await objects.loadTogether(['explain', 'explain6']);
    const slots = new BpfMap(own('tc_programs'), 'tc_programs');
    for (const [slot, object, program] of HANDED_OVER.tc)
      slots.update(indexKey(slot), indexKey(objects.get(EXPLAINING[object]).program(program)));
    return {
      program: objects.get('explain').program('weir_tc'),
      explanations: new BpfMap(own('explanations'), 'explanations'),
      leaving: new BpfMap(own('leaving'), 'leaving'),
      close: () => objects.close(),
    };
  } catch (error) {
    objects.close();
    throw error;
  }
}

const EXPLAINING = { tc: 'explain', tc6: 'explain6' } as const;

/**
 * Loads all but XDP, and XDP too when an interface will want it for certain. The slots of programs that an earlier process has
 * filled get the new ones: a packet meets the old one or the new one, which read the same tables.
 */
export async function loadPrograms(tables: Tables, xdp: boolean): Promise<Programs> {
  const objects = new Objects(new Map(TABLE_NAMES.map((name) => [name as string, tables.maps[name].fd])));
  const fill = (slots: BpfMap, hook: keyof typeof HANDED_OVER): void => {
    for (const [slot, object, program] of HANDED_OVER[hook])
      slots.update(indexKey(slot), indexKey(objects.get(object).program(program)));
  };
  try {
    await objects.loadTogether(['tc', 'tc6', 'sweep', 'sweep6', ...(xdp ? (['xdp', 'xdp6'] as const) : [])]);
    fill(tables.maps.tc_programs, 'tc');
    fill(tables.maps.tc_programs, 'out');
    let entrance: number | undefined;
    const enterXdp = (): number => {
      fill(tables.maps.xdp_programs, 'xdp');
      return objects.get('xdp').program('weir_xdp');
    };
    return {
      tc: objects.get('tc').program('weir_tc'),
      own: objects.get('tc').program('weir_tc_own'),
      out: objects.get('tc').program('weir_tc_out'),
      sweep: { inet: objects.get('sweep').program('weir_sweep'), inet6: objects.get('sweep6').program('weir_sweep') },
      sweepTemplates: objects.get('sweep').program('weir_sweep_templates'),
      mend: objects.get('sweep').program('weir_mend'),
      // Asked for each second, of each interface.
      xdp: () => (entrance ??= enterXdp()),
      close: () => objects.close(),
    };
  } catch (error) {
    objects.close();
    throw error;
  }
}

/** Compiled objects over the same maps. */
class Objects {
  readonly #reuse: ReadonlyMap<string, number>;
  /** As bpf/sweep/read_ahead.h has them. */
  readonly #constants = new Map([['reads_memory', mayReadKernelMemory() ? 1 : 0]]);
  readonly #loaded = new Map<ObjectName, LoadedObject>();
  readonly #others: LoadedObject[] = [];

  constructor(reuse: ReadonlyMap<string, number>) {
    this.#reuse = reuse;
  }

  /** Loads those of several that are not loaded yet, side by side: verifying one takes the better part of a second. */
  async loadTogether(names: readonly ObjectName[]): Promise<void> {
    const results = await Promise.allSettled(
      names.map(async (name) => {
        this.#loaded.set(name, await loadObjectAsync(objectPath(name), this.#plan()));
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Loads it where it is not loaded yet. */
  get(name: ObjectName): LoadedObject {
    const object = this.#loaded.get(name) ?? loadObject(objectPath(name), this.#plan());
    this.#loaded.set(name, object);
    return object;
  }

  /** Makes the maps of an object that are not among the given ones. @returns descriptors by name, -1 where there is none */
  makeMaps(name: ObjectName): (map: string) => number {
    const object = loadObject(objectPath(name), { ...this.#plan(), programs: false });
    this.#others.push(object);
    return (map) => object.maps.get(map) ?? -1;
  }

  #plan(): LoadPlan {
    return { reuse: this.#reuse, sizes: new Map(), constants: this.#constants };
  }

  close(): void {
    for (const object of [...this.#loaded.values(), ...this.#others]) object.close();
  }
}
