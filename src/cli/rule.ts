import type { Command } from 'commander';
import { WeirError } from '../base/error.ts';
import { connectDirector } from '../daemon/client.ts';
import { readRules } from '../ipvsadm/read-rules.ts';
import { LazyNames } from './names/lazy-names.ts';
import { socketOption, type SocketOptions } from './options/socket.ts';

/** `weir rule`: one line of saved rules, which says all that a table can hold: `-a ... --full-nat` too. */
export function register(program: Command): void {
  // What stands after the first word belongs to the rule: `weir rule -a -t 10.1.1.21:80 -r 1.1.1.128`.
  program.enablePositionalOptions();
  program
    .command('rule')
    .summary('one change, in the words of saved rules')
    .description(
      'Makes one change in the words of saved rules: those of ipvsadm, `-a` and `-e` also with --full-nat, and those of\n' +
        '`weir set`, `weir mark` and `weir source`. Example: weir rule -a -t 10.1.1.21:80 -r 1.1.1.128:80 --full-nat -w 1',
    )
    .argument('<words...>', 'the rule')
    .allowUnknownOption()
    .passThroughOptions()
    .addOption(socketOption())
    .action(change);
}

async function change(words: readonly string[], { socket }: SocketOptions): Promise<void> {
  const rules = await readWords(words);
  const director = await connectDirector(socket);
  await director.commit(rules.map(({ operation }) => operation));
}

async function readWords(words: readonly string[]) {
  try {
    return await readRules(words.join(' '), 'the command line', new LazyNames());
  } catch (error) {
    if (!(error instanceof WeirError) || error.code !== 'RULES_INVALID') throw error;
    throw new WeirError('USAGE', error.message.replace('the rules cannot', 'the rule cannot'), {
      expected: 'a line of `weir save` or a command of ipvsadm that changes the table',
      found: words.join(' '),
      cause: error,
    });
  }
}
