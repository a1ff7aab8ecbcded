import { readdirSync, readFileSync } from 'node:fs';
import { readIpLinks, readIpRoutes } from '../kernel/ip-json.ts';
import { parseInterfaceAddress } from '../net/prefix.ts';
import { readText } from './kinds/read.ts';

/** What a plan has to know of the host it is for. Plain data, so that plans can be tested without a host. */
export interface Machine {
  links: readonly MachineLink[];
  /** The interface of the default route, by family. */
  defaultDevice: { inet?: string; inet6?: string };
  /** `net.ipv4.conf.*.rp_filter`, `all` included. */
  sourceChecks: Readonly<Record<string, string>>;
}

export interface MachineLink {
  name: string;
  ethernet: boolean;
  up: boolean;
  /** With their prefix lengths: `1.1.1.128/24`. */
  addresses: readonly string[];
}

/** Reads the host, or the network namespace, that this process is in. @throws WeirError SETUP_FAILED, TOOL_MISSING */
export async function readMachine(): Promise<Machine> {
  const [links, inet, inet6] = await Promise.all([
    readText(['ip', '-json', 'address', 'show']).then(readIpLinks),
    readText(['ip', '-json', '-4', 'route', 'show', 'default']).then(readIpRoutes),
    readText(['ip', '-json', '-6', 'route', 'show', 'default']).then(readIpRoutes),
  ]);
  return {
    links: links.map(({ name, ethernet, up, addresses }) => ({
      name,
      ethernet,
      up,
      addresses: addresses.map(({ address, length }) => `${address}/${length}`),
    })),
    defaultDevice: {
      ...(inet[0]?.dev === undefined ? {} : { inet: inet[0].dev }),
      ...(inet6[0]?.dev === undefined ? {} : { inet6: inet6[0].dev }),
    },
    sourceChecks: readSourceChecks(),
  };
}

/** The interface, other than lo, that has an address, prefix length apart. */
export function deviceWithAddress({ links }: Machine, address: string): string | undefined {
  return links.find(({ name, addresses }) => name !== 'lo' && addresses.some((own) => own.split('/')[0] === address))
    ?.name;
}

/** The interface in whose network an address lies: a neighbour, reached without a gateway. */
export function deviceTowards({ links }: Machine, address: string): string | undefined {
  return links.find(
    ({ name, addresses }) =>
      name !== 'lo' && addresses.some((own) => parseInterfaceAddress(own).prefix.contains(address)),
  )?.name;
}

function readSourceChecks(): Record<string, string> {
  const folder = '/proc/sys/net/ipv4/conf';
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(`${folder}/${name}/rp_filter`, 'utf8').trim()]),
  );
}
