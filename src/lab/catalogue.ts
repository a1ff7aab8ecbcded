import { readdirSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { WeirError } from '../base/error.ts';
import { checkTopology } from './check.ts';
import type { Topology } from './topology.ts';

const FOLDER = new URL('./topologies/', import.meta.url);

/** The topologies there are: one file each in topologies/. */
export function topologyNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => /^[a-z0-9-]+\.(ts|js)$/.test(file))
    .map((file) => basename(file, extname(file)))
    .sort();
}

/** True for what names a file and no topology that comes with Weir: it has a slash, or ends as YAML and JSON files do. */
export function isTopologyFile(name: string): boolean {
  return name.includes('/') || /\.(ya?ml|json)$/.test(name);
}

/**
 * Loads and checks a topology: one that comes with Weir, by its name, or a file of the user's own.
 * @throws WeirError LAB_UNKNOWN with the names there are; TOPOLOGY_INVALID
 */
export async function loadTopology(name: string): Promise<Topology> {
  if (isTopologyFile(name)) {
    // A parser of YAML takes as long to load as everything else that a command needs.
    const { readTopologyFile } = await import('./topology-file.ts');
    return await readTopologyFile(name);
  }
  const names = topologyNames();
  if (!names.includes(name)) {
    throw new WeirError('LAB_UNKNOWN', `there is no topology ${JSON.stringify(name)}`, {
      expected: `one of ${names.join(', ')}, or a file (./mine.yaml)`,
      found: name,
    });
  }
  const file = new URL(`${name}${extname(import.meta.url)}`, FOLDER);
  const module: { topology: Topology } = await import(/* @vite-ignore */ file.href);
  checkTopology(module.topology, file.pathname);
  return module.topology;
}
