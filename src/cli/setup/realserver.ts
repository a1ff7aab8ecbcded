import { Option, type Command } from 'commander';
import { readMachine } from '../../setup/machine.ts';
import { METHODS, realServerFacts, type RealServerMethod } from '../../setup/real-server.ts';
import { GUE_PORT } from '../../net/gue.ts';
import { listOf } from '../options/name-list.ts';
import { wholeNumber } from '../options/number.ts';
import { registerRole, type RoleCommand, type SetupFlags } from './role.ts';

interface RealServerFlags extends SetupFlags {
  method: RealServerMethod;
  vip?: string[];
  gateway?: string;
  gatewayMac?: string;
  arpFirewall?: boolean;
  guePort: number;
  interface?: string;
}

/** `weir realserver`: what has to be done on a real server, done, shown and undone. */
export function register(program: Command): void {
  const parent = program
    .command('realserver')
    .summary('set up a real server')
    .description('Sets up this host as a real server: VIP on lo, ARP, gateway. Nothing of Weir runs there afterwards.');
  registerRole(parent, ROLE);
}

const ROLE: RoleCommand<RealServerFlags> = {
  role: 'realserver',
  options: (command) =>
    command
      .addOption(
        new Option('--method <method>', 'how the director forwards to it').choices(METHODS).makeOptionMandatory(),
      )
      .option('--vip <addresses>', 'the addresses of the virtual services, separated by commas', listOf('addresses'))
      .option('--gateway <address>', 'the default gateway; with masquerading, the director')
      .option('--gateway-mac <mac>', 'bind its MAC address statically')
      .option('--arp-firewall', 'also drop ARP requests for the VIP with nftables')
      .option('--gue-port <port>', 'UDP port of GUE, for tunnels', wholeNumber(1, 65_535), GUE_PORT)
      .option('--interface <name>', 'where requests arrive (default: that of the gateway)'),
  facts: async (flags) => realServerFacts(wanted(flags), await readMachine()),
  words: ({ method, vip = [], gateway, gatewayMac, arpFirewall, guePort, interface: device }) => [
    '--method',
    method,
    ...(vip.length === 0 ? [] : ['--vip', vip.join(',')]),
    ...(gateway === undefined ? [] : ['--gateway', gateway]),
    ...(gatewayMac === undefined ? [] : ['--gateway-mac', gatewayMac]),
    ...(arpFirewall === true ? ['--arp-firewall'] : []),
    ...(guePort === GUE_PORT ? [] : ['--gue-port', String(guePort)]),
    ...(device === undefined ? [] : ['--interface', device]),
  ],
};

function wanted({
  method,
  vip = [],
  gateway,
  gatewayMac,
  arpFirewall = false,
  guePort,
  interface: device,
}: RealServerFlags) {
  return {
    method,
    vips: vip,
    arpFirewall,
    guePort,
    ...(gateway === undefined ? {} : { gateway }),
    ...(gatewayMac === undefined ? {} : { gatewayMac }),
    ...(device === undefined ? {} : { device }),
  };
}
