import { PROGRAM } from '../../kernel/abi.generated.ts';
import { indexKey, type BpfMap } from '../../kernel/bpf-map.ts';
import { type LoadedObject, loadObject } from '../../kernel/bpf-object.ts';
import type { Family } from '../../lvs/service.ts';
import { type ObjectName, objectPath } from './object-path.ts';
import { TABLE_NAMES, type Tables } from './tables.ts';

/** The forwarding programs and the sweepers, loaded over the director's tables. */
export interface Programs {
  tc: number;
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
    [PROGRAM.TUNNEL_ERROR, 'tc', 'weir_tc_tunnel_error'],
    [PROGRAM.REASSEMBLE, 'tc', 'weir_tc_reassemble'],
    [PROGRAM.REASSEMBLE6, 'tc6', 'weir_tc6_reassemble'],
    [PROGRAM.AGAIN, 'tc', 'weir_tc_again'],
    [PROGRAM.AGAIN6, 'tc6', 'weir_tc6_again'],
    [PROGRAM.SEAL, 'tc', 'weir_tc_seal'],
    [PROGRAM.SEAL6, 'tc6', 'weir_tc6_seal'],
    [PROGRAM.SOURCE, 'tc', 'weir_tc_source'],
    [PROGRAM.SOURCE6, 'tc6', 'weir_tc6_source'],
    [PROGRAM.FULL_NAT, 'tc', 'weir_tc_full_nat'],
    [PROGRAM.FULL_NAT6, 'tc6', 'weir_tc6_full_nat'],
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

/**
 * Loads all but XDP. The slots of programs that an earlier process has filled get the new ones: a packet meets the old one or the new
 * one, which read the same tables.
 */
export function loadPrograms(tables: Tables): Programs {
  const reuse = new Map(TABLE_NAMES.map((name) => [name as string, tables.maps[name].fd]));
  const objects = new Map<ObjectName, LoadedObject>();
  const load = (name: ObjectName): LoadedObject => {
    const object = objects.get(name) ?? loadObject(objectPath(name), { reuse, sizes: new Map() });
    objects.set(name, object);
    return object;
  };
  const fill = (slots: BpfMap, hook: keyof typeof HANDED_OVER): void => {
    for (const [slot, object, program] of HANDED_OVER[hook])
      slots.update(indexKey(slot), indexKey(load(object).program(program)));
  };
  const close = (): void => {
    for (const object of objects.values()) object.close();
  };
  try {
    fill(tables.maps.tc_programs, 'tc');
    return {
      tc: load('tc').program('weir_tc'),
      sweep: { inet: load('sweep').program('weir_sweep'), inet6: load('sweep6').program('weir_sweep') },
      sweepTemplates: load('sweep').program('weir_sweep_templates'),
      mend: load('sweep').program('weir_mend'),
      xdp() {
        fill(tables.maps.xdp_programs, 'xdp');
        return load('xdp').program('weir_xdp');
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
