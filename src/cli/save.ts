import { resolve } from 'node:path';
import type { Command } from 'commander';
import { connectDirector } from '../daemon/client.ts';
import { rulesPath } from '../daemon/paths.ts';
import { writeStateFile } from '../daemon/state-file.ts';
import { socketOption, type SocketOptions } from './options/socket.ts';
import { print } from './terminal/output.ts';

interface SaveFlags extends SocketOptions {
  state?: string;
}

/** `weir save`: the rules in force, with nothing left out. */
export function register(program: Command): void {
  program
    .command('save')
    .summary('save the rules, losing nothing')
    .description(
      'Saves services, real servers, thresholds, timeouts, synchronisation daemons, settings, marks and sources, in the grammar of\n' +
        '`ipvsadm -S` and the commands of Weir. ' +
        'The file is replaced as a whole or not at all.',
    )
    .argument('[file]', 'where to (`-`: standard output; default: the file that the director restores at its start)')
    .option('--state <folder>', 'save to this state folder instead of the one of the director')
    .addOption(socketOption())
    .action(save);
}

async function save(file: string | undefined, { socket, state }: SaveFlags): Promise<void> {
  const director = await connectDirector(socket);
  if (file === '-') {
    await print(await director.rules());
    return;
  }
  const path = file ?? (state === undefined ? undefined : rulesPath(state));
  if (path === undefined) {
    const saved = await director.save();
    await print(`saved ${saved.services} services to ${saved.path}\n`);
    return;
  }
  await writeStateFile(resolve(path), await director.rules());
  await print(`saved to ${path}\n`);
}
