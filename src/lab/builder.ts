import { WeirError } from '../base/error.ts';
import type { EngineKind, Hook } from '../engine/options.ts';
import { addNamespaces, namespaceExists, namespacePath } from '../kernel/namespace.ts';
import { markProcess } from '../kernel/process.ts';
import { requireTools } from '../kernel/tools.ts';
import { checkTopology } from './check.ts';
import { startDirector } from './director.ts';
import { Lab } from './lab.ts';
import { startHabits } from './habits.ts';
import { placePrograms, requirePlaceForPrograms } from './foreign-programs.ts';
import { neededTools, startPrograms, wireHosts } from './hosts.ts';
import { planLab, type LabPlan } from './plan.ts';
import { requireRoot } from './platform.ts';
import { claimLab, freeId, releaseLab, updateLab, type LabRecord } from './registry.ts';
import { removeLab, removeLeftOvers } from './removal.ts';
import type { Topology } from './topology.ts';

export interface BuildOptions {
  /** Lower-case letters, digits and dashes, at most 20; by default the topology's name and a number. */
  id?: string;
  hook?: Hook;
  /** The engine of the director's daemon; `none` starts no daemon. */
  engine?: EngineKind | 'none';
  /** Type the topology's ipvsadm lines. Off by default: the table is empty. */
  rules?: boolean;
  /** Set the state that the topology's commands would type. On by default. */
  byHand?: boolean;
  /** The topology without the faults that are planted in it: what `weir lab mend` makes of the lab. */
  whole?: Topology;
  /** The lab outlives this process. */
  keep?: boolean;
  /** Gives up building, removes what there is, and throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Builds a lab: namespaces, cables, addresses, servers and the director's daemon. Labs that dead processes left are removed
 * first. When it fails, nothing of the new lab is left.
 * @throws WeirError TOPOLOGY_INVALID, LAB_BUSY, LAB_FAILED, TOOL_MISSING, PRIVILEGE_MISSING, PLATFORM_UNSUPPORTED
 */
export async function buildLab(topology: Topology, options: BuildOptions = {}): Promise<Lab> {
  checkTopology(topology);
  requireRoot('a lab needs root: it is made of network namespaces');
  requireTools(neededTools(topology, options.hook));
  requirePlaceForPrograms(topology, options.hook);
  await removeLeftOvers();
  const { record, plan } = claim(topology, options);
  try {
    await construct(record, plan, options);
    if (options.keep === true) {
      delete record.owner;
      updateLab(record);
    }
    return new Lab(record);
  } catch (error) {
    await removeLab(record);
    // Ctrl-C also ends a program that was being started in that instant: that is no failure of its own.
    options.signal?.throwIfAborted();
    throw error;
  }
}

/** Takes a free id, or the one that was asked for. */
function claim(topology: Topology, options: BuildOptions): { record: LabRecord; plan: LabPlan } {
  const { hook = 'auto', byHand = true, whole = topology } = options;
  const planOf = (id: string): LabPlan => planLab(topology, { id, hook, byHand });
  for (;;) {
    const id = checkId(options.id ?? freeId(topology.name, (one) => foreignNamespace(planOf(one)) !== undefined));
    const plan = planOf(id);
    const { namespaces, wire } = plan;
    const owner = markProcess(process.pid)!;
    const created = new Date().toISOString();
    const record: LabRecord = { id, topology, whole, hook, namespaces, wire, owner, created };
    try {
      claimLab(record);
      refuseForeign(record, plan);
      return { record, plan };
    } catch (error) {
      const takenMeanwhile = error instanceof WeirError && error.code === 'LAB_BUSY' && options.id === undefined;
      if (!takenMeanwhile) throw error;
    }
  }
}

/** A namespace that has a name of the lab's, but is none of a lab. */
function foreignNamespace({ namespaces, wire }: LabPlan): string | undefined {
  return [wire, ...Object.values(namespaces)].find(namespaceExists);
}

/** What is somebody else's must not be built into, and least of all be removed with the lab. */
function refuseForeign(record: LabRecord, plan: LabPlan): void {
  const name = foreignNamespace(plan);
  if (name === undefined) return;
  releaseLab(record);
  throw new WeirError('LAB_BUSY', `the namespace ${name} is there already, and belongs to no lab`, {
    where: namespacePath(name),
    fix: `choose another --id, or remove it if nobody needs it: ip netns delete ${name}`,
  });
}

async function construct(record: LabRecord, plan: LabPlan, options: BuildOptions): Promise<void> {
  const { engine = 'ebpf', rules = false, signal } = options;
  await addNamespaces([plan.wire, ...Object.values(plan.namespaces)]);
  signal?.throwIfAborted();
  await wireHosts(plan);
  placePrograms(record);
  signal?.throwIfAborted();
  await startPrograms(record, plan, engine === 'none' ? [] : [async () => await startDirector(record, engine)]);
  signal?.throwIfAborted();
  if (rules && engine !== 'none') await new Lab(record).applyRules();
  await startHabits(record);
  signal?.throwIfAborted();
}

function checkId(id: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,19}$/.test(id)) return id;
  throw new WeirError('USAGE', `${JSON.stringify(id)} cannot be the id of a lab`, {
    expected: 'at most 20 lower-case letters, digits and dashes, the first no dash',
  });
}
