import { type LoadedObject, loadObject } from '../../kernel/bpf-object.ts';
import { type ObjectName, objectPath } from './object-path.ts';
import { TABLE_NAMES, type Tables } from './tables.ts';

/** The forwarding programs and the sweeper, loaded over the director's tables. */
export interface Programs {
  tc: number;
  sweep: number;
  mend: number;
  /** Loaded when the first interface wants it. */
  xdp(): number;
  close(): void;
}

export function loadPrograms(tables: Tables): Programs {
  const reuse = new Map(TABLE_NAMES.map((name) => [name as string, tables.maps[name].fd]));
  const load = (name: ObjectName): LoadedObject => loadObject(objectPath(name), { reuse, sizes: new Map() });
  const tc = load('tc');
  const sweep = load('sweep');
  let xdp: LoadedObject | undefined;
  return {
    tc: tc.program('weir_tc'),
    sweep: sweep.program('weir_sweep'),
    mend: sweep.program('weir_mend'),
    xdp() {
      xdp ??= load('xdp');
      return xdp.program('weir_xdp');
    },
    close() {
      tc.close();
      sweep.close();
      xdp?.close();
    },
  };
}
