import { ipBatch } from '../../src/kernel/namespace.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { placedNics, type PlacedNic } from '../../src/lab/topology.ts';
import { output } from './lab.ts';

/** Takes a network card out of a host of a lab, cable and all. */
export async function removeNic(lab: Lab, host: string, name: string): Promise<void> {
  await ipBatch([`link delete ${name}`], lab.namespace(host));
}

/** Puts it in again: the same name, MAC and addresses, and another number. */
export async function insertNic(lab: Lab, host: string, name: string): Promise<void> {
  const { port, segment, mac, addresses } = nicOf(lab, host, name);
  const { wire } = lab.record;
  await ipBatch([
    `link add name ${port} netns ${wire} type veth peer name ${name} netns ${lab.namespace(host)} address ${mac}`,
  ]);
  await ipBatch([`link set ${port} master ${segment}`, `link set ${port} up`], wire);
  await output(lab, host, `echo 1 > /proc/sys/net/ipv4/conf/${name}/forwarding`);
  await ipBatch(
    [...addresses.map((address) => `address add ${address} dev ${name}`), `link set ${name} up`],
    lab.namespace(host),
  );
  if (lab.record.hook !== 'xdp') return;
  await output(lab, host, `ethtool -K ${name} tx off`);
  await output(lab, host, ['nsenter', `--net=/var/run/netns/${wire}`, 'ethtool', '-K', port, 'gro', 'on']);
}

function nicOf(lab: Lab, host: string, name: string): PlacedNic {
  const found = placedNics(lab.topology).find((nic) => nic.host === host && nic.name === name);
  if (found === undefined) throw new Error(`${host} has no ${name}`);
  return found;
}
