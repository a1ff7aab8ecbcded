import { packet } from '../../net/packet.ts';
import { TCP_FLAG } from '../../net/tcp.ts';
import { isIpv4 } from '../duties.ts';
import type { HostFacts, InterfaceFacts, PathProbe } from '../facts.ts';
import { ownAddresses, segmentOf } from '../host.ts';
import { exchange } from './exchange.ts';
import { askOn } from './who-has.ts';

/** The way of a probe: what the service's own packets would look like on the real server's segment. */
export interface HandshakePath {
  /** The real server's address, whose neighbour gets the frame. */
  server: string;
  /** Destination of the SYN: the VIP with direct routing, else the real server. */
  target: string;
  port: number;
  /** Source of the SYN, an address of the director's own. */
  source: string;
  nic: InterfaceFacts;
  mac: string;
}

/**
 * How a SYN gets to a real server as the service's packets do: to the VIP at the server's MAC (direct routing), or to the server
 * itself from an address of another segment, if the director has one, so that the reply needs the server's gateway
 * (masquerading). Undefined where there is no such way from here, or nobody answers ARP for the server. To be called in the network
 * namespace of the director.
 * @throws WeirError PRIVILEGE_MISSING, KERNEL_CALL_FAILED
 */
export function handshakePath(
  host: HostFacts,
  method: 'masquerade' | 'route',
  ends: { vip: string; server: string; port: number },
): HandshakePath | undefined {
  const { vip, server, port } = ends;
  const nic = segmentOf(host, server);
  if (nic === undefined || !isIpv4(server)) return undefined;
  const target = method === 'route' ? vip : server;
  const source = sourceOf(host, method, nic, vip);
  const known = host.neighbours.find(({ address, dev }) => address === server && dev === nic.name)?.mac;
  const mac = known ?? askOn(nic, server)[0];
  return source === undefined || mac === undefined ? undefined : { server, target, port, source, nic, mac };
}

/** The VIP cannot be the source: a real server that owns it would take the packet for forged. */
function sourceOf(
  host: HostFacts,
  method: 'masquerade' | 'route',
  nic: InterfaceFacts,
  vip: string,
): string | undefined {
  const own = ownAddresses(host).filter(({ address, interface: on }) => isIpv4(address) && !on.loopback);
  const here = own.find(({ address, interface: on }) => on.name === nic.name && address !== vip)?.address;
  if (method === 'route') return here;
  return own.find(({ interface: on }) => on.name !== nic.name)?.address ?? here;
}

/**
 * Tries to open a connection and takes it back with RST. To be called in the network namespace of the director.
 * @throws WeirError PRIVILEGE_MISSING, KERNEL_CALL_FAILED
 */
export function tryHandshake(path: HandshakePath, sourcePort: number, sequence: number): PathProbe {
  const frame = (flags: string, at: number): Uint8Array =>
    packet({
      eth: { source: path.nic.mac, destination: path.mac },
      ip: { source: path.source, destination: path.target },
      tcp: { source: sourcePort, destination: path.port, sequence: at, flags },
    });
  const [answer] = exchange(
    path.nic.name,
    [frame('S', sequence)],
    (received) => {
      const [ip, tcp] = [received.find('ipv4'), received.find('tcp')];
      return ip?.source === path.target && tcp?.source === path.port && tcp.destination === sourcePort;
    },
    1,
  );
  const command = `SYN from ${path.source} to ${path.target}:${path.port} by ${path.nic.name}, at the MAC ${path.mac} of ${path.server}`;
  if (answer === undefined) return { answer: 'silence', command, source: path.source };
  if ((answer.get('tcp').flags & TCP_FLAG.rst) !== 0) return { answer: 'reset', command, source: path.source };
  exchange(path.nic.name, [frame('R', sequence + 1)], () => false, 0);
  return { answer: 'syn-ack', command, source: path.source };
}
