import { existsSync, writeFileSync } from 'node:fs';
import { addNamespaces, deleteNamespaces, insideNamespace, ipBatch } from '../../../kernel/namespace.ts';
import { PacketSocket } from '../../../kernel/packet-socket.ts';
import { run } from '../../../kernel/process.ts';
import { requireTools } from '../../../kernel/tools.ts';
import { visitNamespace } from '../../../kernel/visit-namespace.ts';
import { familyOf } from '../../../lvs/service.ts';
import type { Interface, Surroundings } from '../../../lvs/routing.ts';
import { bedName, removeLeftOvers } from './left-overs.ts';
import { MARKERS } from './markers.ts';

/** Room for what is sent to the director over its MTU; with XDP on the other end a veth takes no more than a page. */
const CABLE_MTU = 3_000;

/** As the recorder sets them: no chatter of the director's own, every ICMP error at once, no check of source addresses. */
const QUIET: Readonly<Record<string, number>> = {
  accept_ra: 0,
  autoconf: 0,
  router_solicitations: 0,
  accept_dad: 0,
  addr_gen_mode: 1,
};
const OWN_SYSCTLS: Readonly<Record<string, number>> = {
  // A limit of 0 empties the bucket that other answers of the stack are paid from too: those of one recording would keep back the next one's.
  'net.ipv4.icmp_ratemask': 0,
  'net.ipv4.icmp_ratelimit': 0,
  'net.ipv4.icmp_msgs_per_sec': 100_000,
  'net.ipv6.icmp.ratelimit': 0,
  'net.ipv6.auto_flowlabels': 0,
};

/**
 * A director's surroundings in a network namespace of the kernel's own, and the far end of each of its cables in another, where
 * frames are put on the wire and taken from it. Both namespaces are gone after `remove`.
 */
export class Bed {
  readonly director: string;
  /** By name of the director's interface. */
  readonly cables: ReadonlyMap<string, PacketSocket>;
  /** The director's own, by which its programs send to its addresses. */
  readonly loopback: PacketSocket;
  readonly #outside: string;

  private constructor(
    director: string,
    outside: string,
    cables: ReadonlyMap<string, PacketSocket>,
    loopback: PacketSocket,
  ) {
    this.director = director;
    this.#outside = outside;
    this.cables = cables;
    this.loopback = loopback;
  }

  /** @throws WeirError PRIVILEGE_MISSING, TOOL_MISSING, KERNEL_CALL_FAILED, with nothing left behind */
  static async build(surroundings: Surroundings): Promise<Bed> {
    requireTools(['ip', 'ethtool', 'nsenter']);
    await removeLeftOvers();
    const director = bedName();
    const outside = `${director}-wire`;
    try {
      await addNamespaces([director, outside]);
      const names = Object.keys(surroundings.interfaces).filter((name) => name !== 'lo');
      await layCables(director, outside, surroundings, names);
      const cables = await visitNamespace(
        outside,
        () => new Map(names.map((name) => [name, new PacketSocket(farEnd(name))] as const)),
      );
      return new Bed(director, outside, cables, await visitNamespace(director, () => new PacketSocket('lo')));
    } catch (error) {
      await deleteNamespaces([director, outside]);
      throw error;
    }
  }

  async remove(): Promise<void> {
    for (const cable of [...this.cables.values(), this.loopback]) cable.close();
    await deleteNamespaces([this.director, this.#outside]);
  }
}

async function layCables(
  director: string,
  outside: string,
  surroundings: Surroundings,
  names: readonly string[],
): Promise<void> {
  const { interfaces } = surroundings;
  await ipBatch(
    names.map(
      (name) =>
        `link add ${name} netns ${director} address ${interfaces[name]?.mac ?? ''} type veth peer name ${farEnd(name)} netns ${outside}`,
    ),
  );
  await visitNamespace(outside, () => {
    setSysctl('net.ipv6.conf.all.disable_ipv6', 1);
    setSysctl('net.ipv6.conf.default.disable_ipv6', 1);
  });
  await visitNamespace(director, () => {
    for (const name of names)
      for (const [key, value] of Object.entries(QUIET)) setSysctl(`net.ipv6.conf.${name}.${key}`, value);
  });
  await ipBatch(
    names.map((name) => `link set ${farEnd(name)} mtu ${CABLE_MTU} arp off promisc on up`),
    outside,
  );
  await ipBatch(directorLines(surroundings, names), director);
  await visitNamespace(director, () => {
    for (const name of ['all', ...names]) {
      setSysctl(`net.ipv4.conf.${name}.rp_filter`, 0);
      setSysctl(`net.ipv4.conf.${name}.send_redirects`, 0);
    }
    for (const [key, value] of Object.entries({ ...OWN_SYSCTLS, ...surroundings.sysctls })) setSysctl(key, value);
  });
  await setOffloads(director, outside, names);
}

function directorLines({ interfaces, routes, neighbours }: Surroundings, names: readonly string[]): string[] {
  return [
    'link set lo up',
    ...names.map((name) => `link set ${name} mtu ${interfaces[name]?.mtu ?? 1500} up`),
    ...Object.entries(interfaces).flatMap(([name, each]) => addressLines(name, each)),
    ...routes.map(
      ({ dst, via, dev, local }) =>
        `route add ${local === true ? 'local ' : ''}${dst}${via === undefined ? '' : ` via ${via}`} dev ${dev}`,
    ),
    ...[...neighbours, ...MARKERS].map(
      ({ addr, mac, dev }) => `neigh replace ${addr} lladdr ${mac} dev ${dev} nud permanent`,
    ),
    ...MARKERS.map(({ addr, dev }) => `route add ${addr} dev ${dev}`),
  ];
}

function addressLines(name: string, { addresses }: Interface): string[] {
  return addresses
    .filter((address) => address !== '127.0.0.1/8')
    .map((address) => `address add ${address} dev ${name}${familyOf(address) === 'inet6' ? ' nodad' : ''}`);
}

/** Frames leave with their checksums filled in; a veth takes frames by XDP only where its end receives by GRO. */
async function setOffloads(director: string, outside: string, names: readonly string[]): Promise<void> {
  const set = async (namespace: string, lines: readonly string[]): Promise<void> => {
    const { code, stderr } = await run(insideNamespace(namespace, ['sh', '-ec', lines.join('\n')]));
    if (code !== 0) throw new Error(`ethtool: ${stderr}`);
  };
  await set(
    director,
    names.map((name) => `ethtool -K ${name} tx off rx off`),
  );
  await set(
    outside,
    names.map((name) => `ethtool -K ${farEnd(name)} gro on`),
  );
}

function farEnd(name: string): string {
  return `far-${name}`;
}

/** Writes a sysctl of the network namespace this thread is in. False if it has none of this name. */
export function setSysctl(name: string, value: number | string): boolean {
  const path = `/proc/sys/${name.replaceAll('.', '/')}`;
  if (!existsSync(path)) return false;
  writeFileSync(path, String(value));
  return true;
}
