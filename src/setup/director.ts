import { WeirError } from '../base/error.ts';
import { deviceOfNeighbour, hostAddress, hostAddresses, hostMac, knownDevice } from './check.ts';
import type { Fact } from './fact.ts';
import { deviceWithAddress, type Machine } from './machine.ts';

export interface DirectorOptions {
  vips: readonly string[];
  /** Where packets are forwarded, the one that clients come by first; by default all that are up. */
  devices?: readonly string[];
  /** Real servers whose MAC address is bound: `1.1.1.128=02:00:00:00:01:28`. */
  realServers: readonly string[];
}

/**
 * Everything a director has to be told besides its rules (S7, S13, S14): forwarding, no redirects, its VIPs, static ARP.
 * @throws WeirError SETUP_INVALID, ADDRESS_INVALID, INTERFACE_UNKNOWN, USAGE
 */
export function directorFacts(options: DirectorOptions, machine: Machine): Fact[] {
  const vips = hostAddresses(options.vips, 'virtual service');
  const servers = options.realServers.map(realServer);
  const devices = devicesOf(options.devices, machine);
  const ipv6 = [...vips, ...servers.map(({ address }) => address)].some((address) => address.includes(':'));
  return [
    forwardingFact('net/ipv4/ip_forward'),
    ...(ipv6 ? [forwardingFact('net/ipv6/conf/all/forwarding')] : []),
    ...['all', ...devices].map(redirectFact),
    ...vips.map((vip) => vipFact(vip, devices[0]!, machine)),
    ...servers.map(({ address, mac }) => neighbourFact(address, mac, machine)),
  ];
}

function realServer(text: string): { address: string; mac: string } {
  const [address, mac, ...rest] = text.split('=');
  if (address === undefined || mac === undefined || rest.length > 0) {
    throw new WeirError('USAGE', `${JSON.stringify(text)} names no real server with its MAC address`, {
      expected: 'ADDRESS=MAC, such as 1.1.1.128=02:00:00:00:01:28',
    });
  }
  return { address: hostAddress(address, 'real server'), mac: hostMac(mac) };
}

function devicesOf(names: readonly string[] | undefined, machine: Machine): string[] {
  if (names !== undefined) return names.map((name) => knownDevice(machine, name));
  const up = machine.links.filter((link) => link.ethernet && link.up).map(({ name }) => name);
  const first = machine.defaultDevice.inet ?? machine.defaultDevice.inet6 ?? up[0];
  if (first === undefined)
    throw new WeirError('USAGE', 'no Ethernet interface of this host is up', { fix: 'ip link set NAME up' });
  return [...new Set([first, ...up])];
}

function forwardingFact(path: string): Fact {
  return {
    kind: 'sysctl',
    path,
    value: '1',
    why: { en: 'Let packets pass through this host.', zh: '打开路由转发。' },
  };
}

/** Redirects are sent if `all` or the interface says so (IN_DEV_TX_REDIRECTS, include/linux/inetdevice.h). */
function redirectFact(place: string): Fact {
  return {
    kind: 'sysctl',
    path: `net/ipv4/conf/${place}/send_redirects`,
    value: '0',
    why: {
      en: 'Send no ICMP redirects: they would teach real servers in the same network a way past the director.',
      zh: '不发 ICMP 重定向：同一网段的真实服务器会因此学到绕过调度器的路。',
    },
  };
}

function vipFact(address: string, device: string, machine: Machine): Fact {
  return {
    kind: 'address',
    device: deviceWithAddress(machine, address) ?? device,
    address,
    anyLength: true,
    why: {
      en: 'The VIP is an address of the director: it answers ARP for it, and requests come here.',
      zh: 'VIP 是调度器自己的地址：由它应答 ARP，请求才会到这里来。',
    },
  };
}

function neighbourFact(address: string, mac: string, machine: Machine): Fact {
  return {
    kind: 'neighbour',
    address,
    device: deviceOfNeighbour(machine, address, 'real server'),
    mac,
    why: { en: 'Bind the MAC address of a real server.', zh: '静态绑定 real server 的硬件地址。' },
  };
}
