import { WeirError } from '../base/error.ts';
import type { Draft } from './draft.ts';
import type { IpvsadmHost } from './host.ts';
import { matchOf, operationOf } from './operation-of.ts';
import type { CommandName } from './options.ts';
import type { Invocation } from './parse.ts';
import { EXIT, tryHelp } from './refusal.ts';

/**
 * Carries out one command line. What only one command needs is loaded with it, so that all of them start fast.
 * @returns the exit code
 * @throws Refusal for a list that cannot be made; WeirError if the director cannot be reached
 */
export async function execute(invocation: Invocation, host: IpvsadmHost): Promise<number> {
  if (invocation.kind !== 'command') {
    const { HELP_TEXT, VERSION_TEXT } = await import('./help.ts');
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
export async function reportOutcome(
  command: CommandName,
  error: WeirError | undefined,
  host: IpvsadmHost,
): Promise<number> {
  if (error === undefined) return EXIT.ok;
  const { refusalText } = await import('./errno-text.ts');
  host.stderr(`${refusalText(command, error)}\n`);
  return EXIT.refused;
}

async function query(draft: Draft, host: IpvsadmHost): Promise<number> {
  if (draft.command === 'zero') return zero(draft, host);
  if (draft.command === 'list') await (await import('./list.ts')).list(draft, host);
  else if (draft.command === 'save') await (await import('./save.ts')).saveRules(draft, host);
  // What is left is a restore within a restore.
  else throw tryHelp();
  return EXIT.ok;
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
