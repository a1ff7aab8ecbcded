import type { Lab } from '../../src/lab/lab.ts';
import { output } from './lab.ts';

/**
 * All that a set-up could change on a host: addresses, routes of every table, static neighbours, settings, nftables. What
 * moves by itself is left out: neighbours that the kernel learns, and the order of tables of nftables.
 */
export async function hostState(lab: Lab, host: string): Promise<string> {
  return await output(lab, host, DUMP);
}

const DUMP = `
ip -details address; ip -details -4 route show table all; ip -details -6 route show table all
ip neighbour show nud permanent | sort
nft list tables | sort | while read -r table; do nft list $table; done
grep -rs . /proc/sys/net/ipv4 /proc/sys/net/ipv6 | grep -v -e tcp_fastopen_key -e /nf_conntrack -e stable_secret | sort`;
