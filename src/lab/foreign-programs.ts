import { WeirError } from '../base/error.ts';
import type { Hook } from '../engine/options.ts';
import { loadObject } from '../kernel/bpf-object.ts';
import { listInterfaces } from '../kernel/interfaces.ts';
import { attachXdpForGood, detachXdp } from '../kernel/other-programs.ts';
import { OBJECT_FOLDER } from '../kernel/package.ts';
import { visitNamespaceAtOnce } from '../kernel/visit-namespace.ts';
import { FLOOD_FILTER } from '../sim/flood-filter.ts';
import type { LabRecord } from './registry.ts';
import { hostOfRole, placedNics, type Topology } from './topology.ts';

const OBJECT = `${OBJECT_FOLDER}/lab.bpf.o`;

/** NICs of the director on which a topology has an XDP program of somebody else. */
function filtered(topology: Topology): string[] {
  const director = hostOfRole(topology, 'director');
  return placedNics(topology)
    .filter(({ host, xdp }) => host === director && xdp !== undefined)
    .map(({ name }) => name);
}

/** @throws WeirError LAB_UNKNOWN where the director itself has the place of XDP programs */
export function requirePlaceForPrograms(topology: Topology, hook: Hook | undefined): void {
  const [name] = filtered(topology);
  if (name === undefined || hook !== 'xdp') return;
  throw new WeirError('LAB_UNKNOWN', `there is no place for another XDP program on ${name}`, {
    expected: 'a lab whose director forwards at TC',
    found: '--hook xdp',
    fix: 'build it with `weir lab up --hook tc`',
  });
}

/**
 * Puts the XDP programs of a lab's topology on the NICs of its director.
 * @param before what it was: programs that are no longer wanted are taken off
 * @throws WeirError KERNEL_CALL_FAILED, OBJECT_INVALID
 */
export function placePrograms({ topology, namespaces }: LabRecord, before?: Topology): void {
  const wanted = filtered(topology);
  const had = before === undefined ? [] : filtered(before);
  if (wanted.length === 0 && had.length === 0) return;
  visitNamespaceAtOnce(namespaces[hostOfRole(topology, 'director')]!, () => {
    const nics = listInterfaces();
    for (const nic of nics.filter(({ name }) => had.includes(name) && !wanted.includes(name))) detachXdp(nic);
    const missing = nics.filter(({ name }) => wanted.includes(name) && !had.includes(name));
    if (missing.length === 0) return;
    const object = loadObject(OBJECT, { reuse: new Map(), sizes: new Map() });
    for (const nic of missing) attachXdpForGood(object.program(FLOOD_FILTER), nic);
    object.close();
  });
}
