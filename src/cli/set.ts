import type { Command } from 'commander';
import { connectDirector } from '../daemon/client.ts';
import { parseOwnRule } from '../ipvsadm/own-rules.ts';
import { DEFAULT_SETTINGS, SETTING_NAMES, SETTINGS } from '../lvs/settings.ts';
import { socketOption, type SocketOptions } from './options/socket.ts';
import { alignColumns, print, printJson } from './terminal/output.ts';

interface SetFlags extends SocketOptions {
  json?: boolean;
}

/** `weir set`: what with the kernel's IPVS are the sysctls net.ipv4.vs.*, saved with the rules. */
export function register(program: Command): void {
  program
    .command('set')
    .summary('settings of the director (IPVS sysctls)')
    .description(
      'Sets what the kernel has as net.ipv4.vs.NAME, all of it or nothing, or lists the settings. They are part of the rules: `weir\n' +
        'save` saves them. Timeouts are set with `ipvsadm --set`.',
    )
    .argument('[settings...]', 'NAME=VALUE; none: list what is set')
    .option('--json', 'print the settings in force as JSON')
    .addOption(socketOption())
    .action(set);
}

async function set(words: readonly string[], { socket, json = false }: SetFlags): Promise<void> {
  const operation = words.length === 0 ? undefined : parseOwnRule(['set', ...words]);
  const director = await connectDirector(socket);
  if (operation !== undefined) await director.commit([operation]);
  if (operation !== undefined && !json) return;
  const { settings } = await director.table();
  if (json) return await printJson(settings);
  const rows = SETTING_NAMES.map((name) => [name, settings[name], DEFAULT_SETTINGS[name], SETTINGS[name].text]);
  await print(alignColumns([['setting', 'value', 'default', 'meaning'], ...rows]));
}
