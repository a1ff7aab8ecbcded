import { pathToFileURL } from 'node:url';
import { WeirError } from '../../src/base/error.ts';
import { BpfMap } from '../../src/kernel/bpf-map.ts';
import { loadObject, type LoadedObject } from '../../src/kernel/bpf-object.ts';

/**
 * An XDP object of others, measured with the same frames. `--setup FILE` names an ES module that makes it a director for them:
 *
 *     // max_entries of its maps, where the object's own will not do
 *     export const sizes = { flows: 1048576 };
 *     // Fills its maps. `maps.NAME.update(key, value)` takes two Buffers, `maps.NAME.set(index, value)` is for arrays.
 *     export function fill(maps, { vip, port, rip, interfaceIndex, directorMac, serverMac }) { ... }
 */
export interface ObjectSetup {
  sizes?: Record<string, number>;
  fill?: (maps: Record<string, BpfMap>, surroundings: Surroundings) => void | Promise<void>;
}

export interface Surroundings {
  vip: string;
  /** The port of the VIP that the frames go to. */
  port: number;
  rip: string;
  interfaceIndex: number;
  directorMac: string;
  clientMac: string;
}

export interface ForeignObject {
  program: number;
  close(): void;
}

/** @throws WeirError OBJECT_INVALID, USAGE; what the module throws */
export async function openObject(
  { object, prog, setup }: { object: string; prog: string; setup: string | undefined },
  surroundings: Surroundings,
): Promise<ForeignObject> {
  const { sizes = {}, fill }: ObjectSetup = setup === undefined ? {} : await importSetup(setup);
  const loaded = loadObject(object, { reuse: new Map(), sizes: new Map(Object.entries(sizes)) });
  await fill?.(mapsOf(loaded), surroundings);
  return { program: loaded.program(prog), close: () => loaded.close() };
}

async function importSetup(file: string): Promise<ObjectSetup> {
  try {
    const setup: ObjectSetup = await import(pathToFileURL(file).href);
    return setup;
  } catch (cause) {
    throw new WeirError('USAGE', `--setup: ${file} cannot be imported`, {
      expected: 'an ES module that exports `fill`, and `sizes` if it wants',
      found: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

function mapsOf({ maps }: LoadedObject): Record<string, BpfMap> {
  return Object.fromEntries([...maps].map(([name, fd]) => [name, new BpfMap(fd, name)]));
}
