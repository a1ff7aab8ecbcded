import { Command, CommanderError } from 'commander';
import { packageVersion } from '../daemon/version.ts';
import { COMMANDS, IPVSADM_SUMMARY, type CommandEntry } from './commands.ts';
import { EXIT } from './terminal/exit-codes.ts';

/**
 * Parses and runs one of the commands.
 * @returns the exit code: 0, 2 for a wrong command line, or what the command has set
 * @throws what the command throws
 */
export async function runProgram(words: readonly string[]): Promise<number> {
  const program = createProgram();
  try {
    await registerCommands(program, calledCommand(words));
    await program.parseAsync([...(words.length === 0 ? ['help'] : words)], { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    // Commander has printed its message already; help comes here too, with exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    throw error;
  }
}

function createProgram(): Command {
  return new Command('weir')
    .description('A layer-4 load balancer for Linux in the tradition of LVS.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help on a command')
    .showHelpAfterError('(`weir help` lists the commands)')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /u, 'weir: ')) })
    .exitOverride();
}

/** The entry of the command that the words call or ask help for. */
function calledCommand(words: readonly string[]): CommandEntry | undefined {
  const name = words[0] === 'help' ? words[1] : words[0];
  return COMMANDS.find((entry) => entry.name === name);
}

/** The called command comes with its code, the others with their summary only. */
async function registerCommands(program: Command, called: CommandEntry | undefined): Promise<void> {
  for (const entry of COMMANDS) {
    if (entry === called) (await entry.load()).register(program);
    else program.command(entry.name).summary(entry.summary).description(entry.summary);
  }
  program.command('ipvsadm').summary(IPVSADM_SUMMARY).description(IPVSADM_SUMMARY);
}
