import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { run } from '../src/kernel/process.ts';
import type { MachineFacts } from './facts.ts';
import { toolVersions, type ToolName } from './tools.ts';

const GIBIBYTE = 2 ** 30;

/** What a reader needs to judge figures of this machine. */
export async function machineFacts(tools: readonly ToolName[]): Promise<MachineFacts> {
  return {
    processor: processorName(),
    processors: cpus().length,
    memoryGiB: Math.round(totalmem() / GIBIBYTE),
    kernel: `Linux ${release()}`,
    versions: { node: process.versions.node, ...(await toolVersions(tools)) },
  };
}

/** Load average of the last minute. */
export function loadAverage(): number {
  return Number(readFileSync('/proc/loadavg', 'latin1').split(' ')[0]);
}

/** Commit of a checkout, `+` behind it where the tracked files differ from it; '' where git knows nothing. */
export async function commitOf(root: string): Promise<string> {
  try {
    const { code, stdout } = await run(['git', '-C', root, 'rev-parse', '--short', 'HEAD']);
    if (code !== 0) return '';
    const paths = ['bpf', 'src', 'bench'];
    const { code: differs } = await run(['git', '-C', root, 'diff', '--quiet', 'HEAD', '--', ...paths]);
    return stdout.trim() + (differs === 0 ? '' : '+');
  } catch {
    return '';
  }
}

/** Virtual machines often hide the model; then family, model and stepping say more than the brand. */
function processorName(): string {
  const info = readFileSync('/proc/cpuinfo', 'latin1');
  const field = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
  const name = field('model name') || (cpus()[0]?.model ?? 'unknown');
  const model = field('model');
  return model === '' ? name : `${name} (family ${field('cpu family')}, model ${model})`;
}
