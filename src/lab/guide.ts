import { relative } from 'node:path';
import { BIN_FOLDER } from '../kernel/package.ts';
import { bracketed, endpointText } from '../lvs/service.ts';
import type { Lab } from './lab.ts';
import { hostsOfRole, type Topology } from './topology.ts';

/** A command to copy, and what it does. */
export interface Hint {
  command: string;
  says: string;
}

/** How Weir is called from where the user stands: `bin/weir`, or its full path from elsewhere. */
export function weirCommand(): string {
  const near = relative(process.cwd(), `${BIN_FOLDER}/weir`);
  return near.startsWith('..') ? `${BIN_FOLDER}/weir` : near;
}

/**
 * How to look around in a lab.
 * @param alone whether it is the only lab, so that its id can be left out
 */
export function hints({ id, topology, client, director }: Lab, alone: boolean): Hint[] {
  const weir = weirCommand();
  const prefix = alone ? '' : `${id}/`;
  const exec = (host: string, command: string): string => `${weir} lab exec ${prefix}${host} ${command}`;
  const [server = client] = hostsOfRole(topology, 'real server');
  const nic = lastNic(topology, director);
  return [
    { command: exec(client, `curl http://${serviceText(topology)}/`), says: 'another request' },
    { command: exec(director, 'ipvsadm -L -n --stats'), says: 'the table with counters' },
    { command: exec(director, 'ipvsadm -L -n -c'), says: 'the connections' },
    { command: exec(director, `tcpdump -n -e -i ${nic}`), says: `frames at ${director} ${nic}, with MAC addresses` },
    { command: `${weir} lab shell ${prefix}${server}`, says: `a shell on ${server}` },
  ];
}

/** `10.1.1.21`, with the port where it is not HTTP's own. */
export function serviceText({ service: { address, port } }: Topology): string {
  return port === 80 ? bracketed(address) : endpointText({ address, port });
}

function lastNic(topology: Topology, host: string): string {
  return Object.keys(topology.hosts[host]?.nics ?? {}).at(-1) ?? 'eth0';
}
