import { readFile } from 'node:fs/promises';
import { connectDirector } from '../../src/daemon/client.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { output } from './lab.ts';

/** Packets by where they end or could end: reasons of the programs, what devices and the machine's own queues have dropped. */
export type Whereabouts = Readonly<Record<string, number>>;

export async function whereabouts(lab: Lab): Promise<Whereabouts> {
  const found: Record<string, number> = {};
  const { reasons } = await (await connectDirector(lab.socket)).status();
  for (const { reason, packets } of reasons) found[`director: ${reason}`] = Number(packets);
  for (const host of Object.keys(lab.topology.hosts)) {
    const links = JSON.parse(await output(lab, host, ['ip', '-j', '-s', 'link', 'show'])) as Link[];
    for (const { ifname, stats64 } of links) {
      for (const [way, counts] of Object.entries(stats64)) {
        for (const name of TROUBLES) found[`${host} ${ifname}: ${way} ${name}`] = counts[name] ?? 0;
      }
    }
  }
  // The second word of each processor's line counts what its queue of arriving packets had no room for (net/core/net-procfs.c).
  const processors = (await readFile('/proc/net/softnet_stat', 'utf8')).trim().split('\n');
  found['machine: backlog'] = processors.reduce((sum, line) => sum + Number.parseInt(line.split(' ')[1]!, 16), 0);
  return found;
}

/** What has grown from one look to the next. */
export function grown(before: Whereabouts, after: Whereabouts): Whereabouts {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
      .filter(([, count]) => count !== 0),
  );
}

const TROUBLES = ['dropped', 'errors', 'over_errors'];

interface Link {
  ifname: string;
  stats64: Record<string, Record<string, number>>;
}
