import { WeirError } from '../base/error.ts';
import { insideNamespace } from '../kernel/namespace.ts';
import { BIN_FOLDER } from '../kernel/package.ts';
import { run } from '../kernel/process.ts';
import { hostSocket } from './director.ts';
import type { LabRecord } from './registry.ts';
import type { Decap } from './topology.ts';

/**
 * Unwraps tunnels on a host, as its administrator would with `weir decap`. It needs no process afterwards, and goes with the lab.
 * @throws WeirError LAB_FAILED with its words
 */
export async function startDecap(record: LabRecord, host: string, { vips, guePort }: Decap): Promise<void> {
  const port = guePort === undefined ? [] : ['--gue-port', `${guePort}`];
  const argv = [process.execPath, `${BIN_FOLDER}/weir`, 'decap', 'up', '--vip', vips.join(','), ...port];
  const env = { WEIR_SOCKET: hostSocket(record, host) };
  const { code, stderr } = await run(insideNamespace(record.namespaces[host]!, argv), { env });
  if (code === 0) return;
  throw new WeirError('LAB_FAILED', `weir decap did not start on ${host}`, { found: stderr.trim() });
}
