import { mkdirSync } from 'node:fs';
import { WeirError } from '../base/error.ts';
import type { Hook } from '../engine/options.ts';
import { insideNamespace, ipBatch } from '../kernel/namespace.ts';
import { run } from '../kernel/process.ts';
import { startDecap } from './decap.ts';
import { startSecondDirector } from './director.ts';
import { setupScript, type LabPlan, type NamespaceSetup } from './plan.ts';
import { hostFolder, type LabRecord } from './registry.ts';
import { startServer } from './servers.ts';
import type { Topology } from './topology.ts';

/** The steps from empty namespaces to hosts that serve. */

/** Lays the cables of a plan and tells its hosts and switches what they are. @throws WeirError LAB_FAILED, KERNEL_CALL_FAILED */
export async function wireHosts({ cables, setups }: LabPlan): Promise<void> {
  await ipBatch(cables);
  await allSettled(Object.entries(setups).map(([namespace, setup]) => setUp(namespace, setup)));
}

/** Runs the script of a setup in its namespace. @throws WeirError LAB_FAILED */
export async function setUp(namespace: string, setup: NamespaceSetup): Promise<void> {
  const { code, stderr } = await run(insideNamespace(namespace, ['sh', '-e']), { input: setupScript(setup) });
  if (code === 0) return;
  throw new WeirError('LAB_FAILED', `setting up namespace ${namespace} failed`, { found: stderr.trim() });
}

/**
 * Starts what runs on the hosts of a plan, all at once, and returns when it serves.
 * @param more starts what else there is to start
 * @throws WeirError LAB_FAILED
 */
export async function startPrograms(
  record: LabRecord,
  { namespaces, decaps }: LabPlan,
  more: readonly (() => Promise<unknown>)[] = [],
): Promise<void> {
  const hosts = Object.keys(namespaces);
  for (const host of hosts) mkdirSync(hostFolder(record.id, host), { recursive: true });
  await allSettled([
    ...hosts.flatMap((host) =>
      (record.topology.hosts[host]?.servers ?? []).map((server) => startServer(record, host, server)),
    ),
    ...Object.entries(decaps).map(([host, decap]) => startDecap(record, host, decap)),
    ...hosts.flatMap((host) => {
      const { directs } = record.topology.hosts[host] ?? {};
      return directs === undefined ? [] : [startSecondDirector(record, host, directs)];
    }),
    ...more.map((start) => start()),
  ]);
}

/** Waits for all, so that nothing is still being made when the removal of a failed lab begins; then throws the first failure. */
async function allSettled(steps: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(steps)).find((step) => step.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** The programs without which a topology cannot be built. */
export function neededTools({ hosts }: Topology, hook?: Hook): string[] {
  const all = Object.values(hosts);
  const web = all.some(({ servers = [] }) => servers.some(({ kind }) => kind === 'web'));
  const careless = all.some(({ nics }) => Object.values(nics).some(({ checksums }) => checksums === 'wrong'));
  const firewall = all.some((host) => host.firewall !== undefined || host.byHand?.firewall !== undefined);
  const more = { nginx: web, ethtool: hook === 'xdp' || careless, nft: firewall || careless };
  return ['ip', 'nsenter', 'sh', ...Object.entries(more).flatMap(([tool, needed]) => (needed ? [tool] : []))];
}
