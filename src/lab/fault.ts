import { readdirSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { WeirError } from '../base/error.ts';
import type { Words } from '../base/words.ts';
import type { Topology } from './topology.ts';

/** Something that everybody gets wrong once. One file in faults/ is one fault, called as its id is. */
export interface Fault {
  id: string;
  /** How hard it is to find: 1 shows itself at one place, 2 is about who sends what where, 3 hides. */
  level: 1 | 2 | 3;
  title: Words;
  /** True if a client does not notice at once: it waits for the next change, or only spoils the balance. */
  latent?: boolean;
  /** Seconds until what happens by itself in the network shows it. */
  ripens?: number;
  /** Bytes that a request must carry for it to be seen. */
  upload?: number;
  /** What follows from it: what the client sees, and where its packets end. */
  follows: Words;
  /** For whoever looks for it, the vaguest first. */
  hints: readonly Words[];
  /** The same network with the fault in it; undefined where it cannot be there. */
  plant(topology: Topology): Topology | undefined;
}

const FOLDER = new URL('./faults/', import.meta.url);

/** The faults there are. */
export function faultIds(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => /^[a-z0-9-]+\.(ts|js)$/.test(file))
    .map((file) => basename(file, extname(file)))
    .sort();
}

/** @throws WeirError LAB_UNKNOWN with the faults there are */
export async function loadFault(id: string): Promise<Fault> {
  const ids = faultIds();
  if (!ids.includes(id)) {
    throw new WeirError('LAB_UNKNOWN', `there is no fault ${JSON.stringify(id)}`, {
      expected: `one of ${ids.join(', ')}`,
      found: id,
    });
  }
  const module: { fault: Fault } = await import(
    /* @vite-ignore */ new URL(`${id}${extname(import.meta.url)}`, FOLDER).href
  );
  return module.fault;
}

/**
 * A topology with faults in it, planted one after another.
 * @throws WeirError LAB_UNKNOWN for a fault there is not, or that this topology cannot have
 */
export async function plantFaults(topology: Topology, ids: readonly string[]): Promise<Topology> {
  let planted = topology;
  for (const id of ids) {
    const fault = await loadFault(id);
    const next = fault.plant(planted);
    if (next === undefined) {
      throw new WeirError('LAB_UNKNOWN', `${id} cannot be planted in topology ${topology.name}`, {
        expected: `one of ${(topology.faults ?? []).join(', ')}`,
        found: id,
      });
    }
    planted = next;
  }
  return planted;
}
