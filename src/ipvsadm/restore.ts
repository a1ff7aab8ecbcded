import type { Operation } from '../lvs/operation.ts';
import { execute, reportOutcome } from './execute.ts';
import type { IpvsadmHost } from './host.ts';
import { operationOf } from './operation-of.ts';
import type { CommandName } from './options.ts';
import { parseCommandLine } from './parse.ts';
import { EXIT, Refusal } from './refusal.ts';
import { splitRuleLines } from './rule-lines.ts';

/** Changes that are sent to the director at a time. */
const BATCH = 20_000;

/**
 * `ipvsadm -R`: every line of standard input as a command by itself. What the director refuses is reported and the next line
 * follows; a line that makes no sense ends it, and what came before it stays done.
 * @returns the exit code of the last line, whatever the others came to
 * @throws Refusal at such a line; WeirError if the director cannot be reached
 */
export async function restore(host: IpvsadmHost): Promise<number> {
  const queue = new ChangeQueue(host);
  // Without a director nothing can be restored, not even no rules.
  await host.director.apply([], { each: true });
  let code: number = EXIT.ok;
  for (const words of splitRuleLines(await host.stdin())) {
    try {
      const invocation = await parseCommandLine(words, host.names);
      const operation = invocation.kind === 'command' ? operationOf(invocation.draft) : undefined;
      if (invocation.kind === 'command' && operation !== undefined) {
        code = (await queue.add(invocation.draft.command, operation)) ?? code;
        continue;
      }
      await queue.flush();
      code = await execute(invocation, host);
      if (invocation.kind !== 'command') return code;
    } catch (error) {
      await queue.flush();
      if (!(error instanceof Refusal) || error.final) throw error;
      host.stderr(`${error.message}\n`);
      code = error.code;
    }
  }
  return (await queue.flush()) ?? code;
}

/** Changes in a row are sent together: ten thousand lines must not mean ten thousand round trips. */
class ChangeQueue {
  readonly #host: IpvsadmHost;
  #changes: { command: CommandName; operation: Operation }[] = [];

  constructor(host: IpvsadmHost) {
    this.#host = host;
  }

  /** @returns as `flush`, if the queue was full */
  async add(command: CommandName, operation: Operation): Promise<number | undefined> {
    this.#changes.push({ command, operation });
    return this.#changes.length < BATCH ? undefined : this.flush();
  }

  /** @returns the exit code of the last change, undefined if there is none */
  async flush(): Promise<number | undefined> {
    const changes = this.#changes;
    this.#changes = [];
    if (changes.length === 0) return undefined;
    const outcomes = await this.#host.director.apply(
      changes.map(({ operation }) => operation),
      { each: true },
    );
    let code: number | undefined;
    for (const [index, { command }] of changes.entries()) {
      code = await reportOutcome(command, outcomes[index], this.#host);
    }
    return code;
  }
}
