import { mkdirSync } from 'node:fs';
import { WeirError } from '../base/error.ts';
import type { EngineKind, Hook } from '../engine/options.ts';
import { addNamespaces, insideNamespace, ipBatch } from '../kernel/namespace.ts';
import { markProcess, run } from '../kernel/process.ts';
import { requireTools } from '../kernel/tools.ts';
import { checkTopology } from './check.ts';
import { startDirector } from './director.ts';
import { Lab } from './lab.ts';
import { planLab, setupScript, type LabPlan } from './plan.ts';
import { requireRoot } from './platform.ts';
import { claimLab, freeId, hostFolder, updateLab, type LabRecord } from './registry.ts';
import { removeLab, removeLeftOvers } from './removal.ts';
import { startServer } from './servers.ts';
import { startDecap } from './decap.ts';
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
  requireTools(neededTools(topology, options));
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
  const { hook = 'auto', byHand = true } = options;
  for (;;) {
    const id = checkId(options.id ?? freeId(topology.name));
    const plan = planLab(topology, { id, hook, byHand });
    const { namespaces, wire } = plan;
    const owner = markProcess(process.pid)!;
    const record: LabRecord = { id, topology, hook, namespaces, wire, owner, created: new Date().toISOString() };
    try {
      claimLab(record);
      return { record, plan };
    } catch (error) {
      const takenMeanwhile = error instanceof WeirError && error.code === 'LAB_BUSY' && options.id === undefined;
      if (!takenMeanwhile) throw error;
    }
  }
}

async function construct(record: LabRecord, plan: LabPlan, options: BuildOptions): Promise<void> {
  const { engine = 'ebpf', rules = false, signal } = options;
  await addNamespaces([plan.wire, ...Object.values(plan.namespaces)]);
  await ipBatch(plan.cables);
  signal?.throwIfAborted();
  await allSettled(Object.keys(plan.setups).map((namespace) => setUp(namespace, plan)));
  signal?.throwIfAborted();
  for (const host of Object.keys(plan.namespaces)) mkdirSync(hostFolder(record.id, host), { recursive: true });
  const servers = Object.entries(record.topology.hosts).flatMap(([host, { servers: list = [] }]) =>
    list.map((server) => startServer(record, host, server)),
  );
  const tunnels = Object.entries(plan.decaps).map(([host, decap]) => startDecap(record, host, decap));
  await allSettled([...servers, ...tunnels, ...(engine === 'none' ? [] : [startDirector(record, engine)])]);
  signal?.throwIfAborted();
  if (rules && engine !== 'none') await new Lab(record).applyRules();
  signal?.throwIfAborted();
}

async function setUp(namespace: string, plan: LabPlan): Promise<void> {
  const script = setupScript(plan.setups[namespace]!);
  const { code, stderr } = await run(insideNamespace(namespace, ['sh', '-e']), { input: script });
  if (code === 0) return;
  throw new WeirError('LAB_FAILED', `setting up namespace ${namespace} failed`, { found: stderr.trim() });
}

/** Waits for all, so that nothing is still being made when the removal of a failed lab begins; then throws the first failure. */
async function allSettled(steps: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(steps)).find((step) => step.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function neededTools({ hosts }: Topology, { hook }: BuildOptions): string[] {
  const all = Object.values(hosts);
  const web = all.some(({ servers = [] }) => servers.some(({ kind }) => kind === 'web'));
  const firewall = all.some((host) => host.firewall !== undefined || host.byHand?.firewall !== undefined);
  const more = { nginx: web, ethtool: hook === 'xdp', nft: firewall };
  return ['ip', 'nsenter', 'sh', ...Object.entries(more).flatMap(([tool, needed]) => (needed ? [tool] : []))];
}

function checkId(id: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,19}$/.test(id)) return id;
  throw new WeirError('USAGE', `${JSON.stringify(id)} cannot be the id of a lab`, {
    expected: 'at most 20 lower-case letters, digits and dashes, the first no dash',
  });
}
