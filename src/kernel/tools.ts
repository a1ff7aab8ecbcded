import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../base/error.ts';

/** Programs that Weir calls, with the Debian package that has each. */
const PACKAGES: Readonly<Record<string, string>> = {
  curl: 'curl',
  ethtool: 'ethtool',
  ip: 'iproute2',
  nft: 'nftables',
  nginx: 'nginx-light',
  nsenter: 'util-linux',
  sh: 'dash',
  tcpdump: 'tcpdump',
  wrk: 'wrk',
};

/** The Debian package of a program, where Weir knows it. */
export function toolPackage(tool: string): string | undefined {
  return PACKAGES[tool];
}

/** PATH, and after it the folders of system programs, which a user's PATH may leave out. */
export function searchPath(): string {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  return [...new Set([...folders, '/usr/sbin', '/sbin'])].join(':');
}

/** Where a program is found, or undefined. */
export function findTool(tool: string): string | undefined {
  return searchPath()
    .split(':')
    .map((folder) => join(folder, tool))
    .find(isExecutable);
}

/**
 * Says at once which of these programs are missing and how to install them.
 * @throws WeirError TOOL_MISSING
 */
export function requireTools(tools: readonly string[]): void {
  const missing = tools.filter((tool) => findTool(tool) === undefined);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((tool) => toolPackage(tool) ?? tool))];
  throw new WeirError('TOOL_MISSING', `missing on this machine: ${missing.join(', ')}`, {
    expected: `the programs ${tools.join(', ')}`,
    fix: `apt-get install --no-install-recommends ${packages.join(' ')}`,
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
