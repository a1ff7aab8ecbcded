import { mkdirSync } from 'node:fs';
import { WeirError } from '../src/base/error.ts';
import { addNamespaces, insideNamespace, ipBatch } from '../src/kernel/namespace.ts';
import { run } from '../src/kernel/process.ts';
import { setupScript } from '../src/lab/plan.ts';

/** Client, director and server in a row, for one candidate: three network namespaces and two veth cables. */
export interface Trio {
  client: string;
  director: string;
  server: string;
  /** Configurations, logs and sockets. */
  folder: string;
}

/** 10.1.1.0/24 is the clients' side, 1.1.1.0/24 the real server's, as in the lab `nat`. */
export const ADDRESS = { client: '10.1.1.22', vip: '10.1.1.21', dip: '1.1.1.130', rip: '1.1.1.128' } as const;
export const PORT = { web: 80, iperf3: 5201 } as const;
/** The director's interfaces. */
export const NIC = { clients: 'eth0', servers: 'eth1' } as const;

type Role = 'client' | 'director' | 'server';
type Sysctls = Readonly<Record<string, string>>;

/**
 * Set in every trio alike, so that no candidate meets a limit of its surroundings before its own. Shown in the report.
 */
export const SYSCTLS: Readonly<Record<Role, Sysctls>> = {
  client: {
    'net.ipv4.ip_local_port_range': '1024 65535',
    'net.ipv4.tcp_tw_reuse': '1',
    'net.ipv4.tcp_max_tw_buckets': '262144',
  },
  director: {
    'net.ipv4.ip_forward': '1',
    'net.core.somaxconn': '65535',
    'net.ipv4.tcp_max_syn_backlog': '65535',
    'net.ipv4.ip_local_port_range': '1024 65535',
    'net.ipv4.tcp_tw_reuse': '1',
    'net.ipv4.tcp_max_tw_buckets': '262144',
  },
  server: {
    'net.core.somaxconn': '65535',
    'net.ipv4.tcp_max_syn_backlog': '65535',
    'net.ipv4.tcp_max_tw_buckets': '262144',
  },
};

/** A new namespace may inherit these from the machine (net.core.devconf_inherit_init_net). */
const COMMON: Sysctls = {
  'net.ipv6.conf.all.disable_ipv6': '1',
  'net.ipv6.conf.default.disable_ipv6': '1',
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.default.rp_filter': '0',
};

/** The names of a trio's namespaces and its folder. */
export function planTrio(prefix: string, folder: string, candidate: string): Trio {
  const name = `${prefix}-${candidate}`;
  return {
    client: `${name}-client`,
    director: `${name}-director`,
    server: `${name}-server`,
    folder: `${folder}/${candidate}`,
  };
}

/**
 * Makes the namespaces and cables.
 * @param nativeXdp frames will be forwarded by native XDP: senders compute their checksums themselves, since XDP forwards a
 * frame as it lies in memory, and the far ends of the director's cables use GRO, since a veth takes frames from XDP only if it
 * polls
 * @throws WeirError KERNEL_CALL_FAILED; what was made is left for `removeRun`
 */
export async function buildTrio(trio: Trio, nativeXdp: boolean): Promise<void> {
  mkdirSync(trio.folder, { recursive: true });
  await addNamespaces([trio.client, trio.director, trio.server]);
  await ipBatch([
    cable(NIC.clients, trio.director, trio.client, 11),
    cable(NIC.servers, trio.director, trio.server, 12),
  ]);
  const ethtool = nativeXdp ? ['-K eth0 tx off gro on'] : [];
  await setUp(trio.client, 'client', nic('eth0', ADDRESS.client, ADDRESS.vip), ethtool);
  await setUp(trio.server, 'server', nic('eth0', ADDRESS.rip, ADDRESS.dip), ethtool);
  await setUp(trio.director, 'director', [...nic(NIC.clients, ADDRESS.vip), ...nic(NIC.servers, ADDRESS.dip)]);
}

/** Both ends of a cable need different interface numbers: a veth whose peer has its own counts as one without a peer. */
function cable(name: string, director: string, host: string, index: number): string {
  return `link add name ${name} netns ${director} index ${index} type veth peer name eth0 netns ${host}`;
}

function nic(name: string, address: string, gateway?: string): string[] {
  const route = gateway === undefined ? [] : [`route add default via ${gateway}`];
  return [`address add ${address}/24 dev ${name}`, `link set ${name} up`, ...route];
}

async function setUp(namespace: string, role: Role, ip: string[], ethtool: string[] = []): Promise<void> {
  const sysctls = Object.entries({ ...COMMON, ...SYSCTLS[role] }).map(([key, value]) => ({
    file: `/proc/sys/${key.replaceAll('.', '/')}`,
    value,
    optional: key.startsWith('net.ipv6.'),
  }));
  const script = setupScript({ sysctls, ip: ['link set lo up', ...ip], ethtool });
  const { code, stderr } = await run(insideNamespace(namespace, ['sh', '-e']), { input: script });
  if (code === 0) return;
  throw new WeirError('LAB_FAILED', `setting up namespace ${namespace} failed`, { found: stderr.trim() });
}
