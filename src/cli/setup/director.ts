import type { Command } from 'commander';
import { directorFacts } from '../../setup/director.ts';
import { readMachine } from '../../setup/machine.ts';
import { listOf } from '../options/name-list.ts';
import { registerRole, type RoleCommand, type SetupFlags } from './role.ts';

interface DirectorFlags extends SetupFlags {
  vip?: string[];
  interface?: string[];
  realServer?: string[];
}

/** `weir director`: what has to be done on the host of a director before `weir run`. */
export function register(program: Command): void {
  const parent = program
    .command('director')
    .summary('set up the host of a director')
    .description('Sets up this host for a director: forwarding, no redirects, VIPs, static ARP. `weir run` forwards.');
  registerRole(parent, ROLE);
}

const ROLE: RoleCommand<DirectorFlags> = {
  role: 'director',
  options: (command) =>
    command
      .option(
        '--vip <addresses>',
        'addresses to bind, separated by commas; one that is there stays',
        listOf('addresses'),
      )
      .option(
        '--interface <names>',
        'where packets are forwarded; VIPs go to the first (default: all that are up)',
        listOf('names of interfaces'),
      )
      .option(
        '--real-server <address=mac>',
        'bind the MAC addresses of real servers, separated by commas',
        listOf('ADDRESS=MAC'),
      ),
  facts: async ({ vip = [], interface: devices, realServer = [] }) => {
    const options = { vips: vip, realServers: realServer, ...(devices === undefined ? {} : { devices }) };
    return directorFacts(options, await readMachine());
  },
  words: ({ vip = [], interface: devices = [], realServer = [] }) =>
    Object.entries({ vip, interface: devices, 'real-server': realServer }).flatMap(([name, list]) =>
      list.length === 0 ? [] : [`--${name}`, list.join(',')],
    ),
};
