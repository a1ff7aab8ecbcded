import { WeirError } from '../base/error.ts';
import type { Draft } from './draft.ts';
import { refusalText } from './errno-text.ts';
import { HELP_TEXT, VERSION_TEXT } from './help.ts';
import type { IpvsadmHost } from './host.ts';
import { daemonLine } from './layout/daemons.ts';
import { timeoutLine } from './layout/timeouts.ts';
import { listConnections } from './list-connections.ts';
import { listServices } from './list.ts';
import { matchOf, operationOf } from './operation-of.ts';
import type { CommandName, OptionName } from './options.ts';
import type { Invocation } from './parse.ts';
import { EXIT, Refusal, tryHelp } from './refusal.ts';
import { saveRules } from './save.ts';

/**
 * Carries out one command line.
 * @returns the exit code
 * @throws Refusal for a list that cannot be made; WeirError if the director cannot be reached
 */
export async function execute(invocation: Invocation, host: IpvsadmHost): Promise<number> {
  if (invocation.kind !== 'command') {
    host.stdout(invocation.kind === 'help' ? HELP_TEXT : VERSION_TEXT);
    return EXIT.ok;
  }
  const { draft } = invocation;
  const operation = operationOf(draft);
  if (operation === undefined) return query(draft, host);
  const [error] = await host.director.apply([operation], { each: true });
  return reportOutcome(draft.command, error, host);
}

/** Prints why the director has refused a command, if it has. @returns the exit code */
export function reportOutcome(command: CommandName, error: WeirError | undefined, host: IpvsadmHost): number {
  if (error === undefined) return EXIT.ok;
  host.stderr(`${refusalText(command, error)}\n`);
  return EXIT.refused;
}

async function query(draft: Draft, host: IpvsadmHost): Promise<number> {
  if (draft.command === 'zero') return zero(draft, host);
  if (draft.command === 'list') await list(draft, host);
  else if (draft.command === 'save') await saveRules(draft, host);
  // What is left is a restore within a restore.
  else throw tryHelp();
  return EXIT.ok;
}

async function list(draft: Draft, host: IpvsadmHost): Promise<void> {
  const { options } = draft;
  const has = (...names: OptionName[]): boolean => names.some((name) => options.has(name));
  if (has('connection', 'timeout', 'daemon') && has('stats', 'rate', 'thresholds')) {
    throw new Refusal(EXIT.usage, 'options conflicts in the list command');
  }
  if (has('connection')) return listConnections(draft, host);
  if (has('timeout')) return host.stdout(`${timeoutLine((await host.director.table()).timeouts)}\n`);
  if (has('daemon')) {
    const { daemons } = await host.director.table();
    return host.stdout(daemons.map((daemon) => `${daemonLine(daemon)}\n`).join(''));
  }
  return listServices(draft, host);
}

async function zero(draft: Draft, host: IpvsadmHost): Promise<number> {
  try {
    await host.director.zero(draft.options.has('service-address') ? matchOf(draft.service) : undefined);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof WeirError && error.code === 'SERVICE_UNKNOWN') return reportOutcome('zero', error, host);
    throw error;
  }
}
