import type { Draft } from './draft.ts';
import type { IpvsadmHost } from './host.ts';
import { listServices } from './list-services.ts';
import type { OptionName } from './options.ts';
import { EXIT, Refusal } from './refusal.ts';

/**
 * `ipvsadm -L` in all its forms; all but the usual one are loaded when they are asked for.
 * @throws Refusal for forms that exclude each other and for a service that is not there
 */
export async function list(draft: Draft, host: IpvsadmHost): Promise<void> {
  const has = (...names: OptionName[]): boolean => names.some((name) => draft.options.has(name));
  const table = has('stats', 'rate', 'thresholds');
  if ((table && has('connection', 'timeout', 'daemon')) || (has('persistent-conn') && has('timeout', 'daemon'))) {
    throw new Refusal(EXIT.usage, 'options conflicts in the list command');
  }
  if (has('connection')) return (await import('./list-connections.ts')).listConnections(draft, host);
  if (has('timeout')) return listTimeouts(host);
  if (has('daemon')) return listDaemons(host);
  return listServices(draft, host);
}

async function listTimeouts(host: IpvsadmHost): Promise<void> {
  const { timeoutLine } = await import('./layout/timeouts.ts');
  const { timeouts } = await host.director.table();
  host.stdout(`${timeoutLine(timeouts)}\n`);
}

async function listDaemons(host: IpvsadmHost): Promise<void> {
  const { daemonLine } = await import('./layout/daemons.ts');
  const { daemons } = await host.director.table();
  host.stdout(daemons.map((daemon) => `${daemonLine(daemon)}\n`).join(''));
}
