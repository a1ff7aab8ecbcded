import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { defaultStateFolder } from '../daemon/paths.ts';
import {
  CONNECTIONS_RANGE,
  DEFAULT_CONNECTIONS,
  DEFAULT_REAL_SERVERS,
  ENGINE_KINDS,
  HOOKS,
  REAL_SERVERS_RANGE,
  type EngineKind,
  type Hook,
} from '../engine/options.ts';
import { wholeNumber } from './options/number.ts';
import { socketOption, type SocketOptions } from './options/socket.ts';

interface RunFlags extends SocketOptions {
  engine: EngineKind;
  state: string;
  interface?: string[];
  awaitInterfaces?: boolean;
  hook: Hook;
  keep?: boolean;
  connections: number;
  realServers: number;
  logLevel: string;
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** `weir run`: a director in the foreground. */
export function register(program: Command): void {
  program
    .command('run')
    .summary('run a director in the foreground')
    .description(
      'Runs a director in the foreground until SIGTERM, SIGINT or SIGHUP. The log goes to standard output, a JSON object a line.\n' +
        'Saved rules are restored when it starts anew, and not over what an earlier director has left.',
    )
    .addOption(new Option('--engine <engine>', 'what forwards').choices(ENGINE_KINDS).default('ebpf'))
    .addOption(socketOption())
    .option('--state <folder>', 'folder of the saved rules ($WEIR_STATE)', defaultStateFolder())
    .option(
      '--interface <names>',
      'interfaces to forward on, separated by commas (default: chosen by the engine)',
      names,
    )
    .option(
      '--await-interfaces',
      'start also where some of them are not there yet; they are served as soon as they are',
    )
    .addOption(new Option('--hook <hook>', 'where the programs are attached').choices(HOOKS).default('auto'))
    .option('--keep', 'leave forwarding in place at the end')
    .addOption(
      new Option('--connections <number>', 'size of the connection table')
        .argParser(wholeNumber(CONNECTIONS_RANGE.least, CONNECTIONS_RANGE.most))
        .default(DEFAULT_CONNECTIONS),
    )
    .addOption(
      new Option('--real-servers <number>', 'how many there is room for in all services')
        .argParser(wholeNumber(REAL_SERVERS_RANGE.least, REAL_SERVERS_RANGE.most))
        .default(DEFAULT_REAL_SERVERS),
    )
    .addOption(new Option('--log-level <level>', 'least level that is logged').choices(LOG_LEVELS).default('info'))
    .action(run);
}

async function run({ interface: interfaces, socket, state, keep = false, ...flags }: RunFlags): Promise<void> {
  const { runDaemon } = await import('../daemon/run.ts');
  await runDaemon({
    ...flags,
    keep,
    ...(interfaces === undefined ? {} : { interfaces }),
    socket: resolve(socket),
    state: resolve(state),
  });
}

function names(text: string): string[] {
  const list = text.split(',').map((name) => name.trim());
  if (list.every((name) => name !== '')) return list;
  throw new InvalidArgumentError('Expected names of interfaces, separated by commas: eth0,eth1.');
}
