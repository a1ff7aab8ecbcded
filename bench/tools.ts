import { existsSync } from 'node:fs';
import { run } from '../src/kernel/process.ts';
import { findTool } from '../src/kernel/tools.ts';

/** A program, or a module of one, with the Debian package that has it and how it says its version. */
interface Tool {
  debian: string;
  /** Arguments that make it say its version; absent for what has none of its own. */
  version?: readonly string[];
  /** Where a module lies that is no program. */
  files?: readonly string[];
}

const TOOLS = {
  ip: { debian: 'iproute2', version: ['-Version'] },
  ethtool: { debian: 'ethtool', version: ['--version'] },
  iperf3: { debian: 'iperf3', version: ['--version'] },
  wrk: { debian: 'wrk', version: ['--version'] },
  nginx: { debian: 'nginx-light', version: ['-v'] },
  nft: { debian: 'nftables', version: ['--version'] },
  ipvsadm: { debian: 'ipvsadm', version: ['--version'] },
  haproxy: { debian: 'haproxy', version: ['-v'] },
  'nginx stream module': {
    debian: 'libnginx-mod-stream',
    files: ['/usr/lib/nginx/modules/ngx_stream_module.so', '/usr/lib64/nginx/modules/ngx_stream_module.so'],
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

/** What every run needs, whatever is compared. */
export const COMMON_TOOLS: readonly ToolName[] = ['ip', 'ethtool', 'iperf3', 'wrk', 'nginx'];

/** Where a program or module lies, or undefined. */
export function toolPath(name: ToolName): string | undefined {
  const tool: Tool = TOOLS[name];
  return tool.files === undefined ? findTool(name) : tool.files.find((file) => existsSync(file));
}

/** What is missing of these, as a sentence that says how to get it; undefined if nothing is. */
export function missingTools(names: readonly ToolName[]): string | undefined {
  const missing = names.filter((name) => toolPath(name) === undefined);
  if (missing.length === 0) return undefined;
  const packages = missing.map((name) => TOOLS[name].debian);
  return `${missing.join(', ')} missing: apt-get install --no-install-recommends ${packages.join(' ')}`;
}

/** Versions by program, of those that are there. */
export async function toolVersions(names: readonly ToolName[]): Promise<Record<string, string>> {
  const versions: Record<string, string> = {};
  for (const name of names) {
    const { version }: Tool = TOOLS[name];
    if (version === undefined || toolPath(name) === undefined) continue;
    const { stdout, stderr } = await run([name, ...version]);
    const [first = ''] = `${stdout}${stderr}`.split('\n');
    versions[name] = /\d+(?:\.\d+)+[\w.+~-]*|\d+\.\d+/.exec(first)?.[0] ?? first;
  }
  return versions;
}
