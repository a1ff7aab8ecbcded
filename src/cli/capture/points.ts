import { WeirError } from '../../base/error.ts';
import { findInterface, listInterfaces, type Interface } from '../../kernel/interfaces.ts';
import { xdpPrograms } from '../../kernel/hooks.ts';
import { insideNamespace } from '../../kernel/namespace.ts';
import { tapOf } from '../../lab/capture.ts';
import { hostSocket } from '../../lab/director.ts';
import { openLab } from '../../lab/lab.ts';
import { bare, hostOfRole, hostsOfRole, placedNics, type PlacedNic, type Topology } from '../../lab/topology.ts';
import { endpointText } from '../../lvs/service.ts';
import type { Side, WatchPoint } from '../../walk/watch-point.ts';

/** A point and how tcpdump gets there. */
export interface Watch {
  point: WatchPoint;
  nic: string;
  within: readonly string[];
  /** An XDP program is attached: what it forwards does not pass tcpdump. */
  xdp: boolean;
  /** Number of the interface, on this host. */
  index: number;
}

export interface Watches {
  list: Watch[];
  /** Of the lab's own director. */
  socket?: string;
  /** What clients of the lab ask for. */
  services?: string[];
}

/**
 * Interfaces of this host. Without names: the one of the default route is the public side and the others the private one; a single
 * one is both.
 * @throws WeirError INTERFACE_UNKNOWN; USAGE where there is none
 */
export function hostPoints(flags: { public?: readonly string[]; private?: readonly string[] }): Watches {
  const named = { public: flags.public ?? [], private: flags.private ?? [] };
  if (named.public.length + named.private.length === 0) return { list: guessed() };
  const names = [...new Set([...named.public, ...named.private])];
  const list = names.map((name) => {
    const sides = [named.public.includes(name), named.private.includes(name)];
    return watch(findInterface(name), sides[0] === sides[1] ? 'both' : sides[0] === true ? 'public' : 'private');
  });
  return { list };
}

function guessed(): Watch[] {
  const up = listInterfaces().filter(({ ethernet, loopback, up: isUp, master }) => {
    return ethernet && !loopback && isUp && master === undefined;
  });
  const [only] = up;
  if (only === undefined)
    throw new WeirError('USAGE', 'no Ethernet interface of this host is up', { fix: 'name one with --public' });
  if (up.length === 1) return [watch(only, 'both')];
  return up.map((nic, index) => watch(nic, index === 0 ? 'public' : 'private'));
}

function watch(device: Interface, side: Side): Watch {
  const { name, mac, ethernet } = device;
  const point = { host: side === 'both' ? '' : side, nic: name, mac, side };
  if (ethernet) return { point, nic: name, within: [], xdp: hasXdp(device), index: device.index };
  throw new WeirError('CAPTURE_FAILED', `the frames of ${name} are not those of Ethernet`, {
    where: name,
    fix: 'name the interface below it',
  });
}

/** False also for those who may not ask. */
function hasXdp(device: Interface): boolean {
  try {
    return xdpPrograms(device).length > 0;
  } catch {
    return false;
  }
}

/** Every NIC of a lab. @throws WeirError LAB_UNKNOWN */
export function labPoints(id: string | undefined): Watches {
  const { record, topology } = openLab(id);
  const list = placedNics(topology).map((placed): Watch => {
    const [namespace, nic] = tapOf(record, placed);
    const { host, name, mac } = placed;
    return {
      point: { host, nic: name, mac, side: sideOf(topology, placed) },
      nic,
      within: insideNamespace(namespace, []),
      xdp: false,
      index: 0,
    };
  });
  const { service } = topology;
  return { list, socket: hostSocket(record, hostOfRole(topology, 'director')), services: [endpointText(service)] };
}

/** A NIC of the director is on the side of those who are on its segment; its only one is on both, whoever is there. */
export function sideOf(topology: Topology, { host, segment, addresses }: PlacedNic): Side {
  const role = topology.hosts[host]?.role;
  if (role !== 'director') return role ?? 'router';
  if (placedNics(topology).filter((nic) => nic.host === host).length === 1) return 'both';
  const on = (hosts: readonly string[]): boolean =>
    placedNics(topology).some((nic) => nic.segment === segment && hosts.includes(nic.host));
  const isPrivate = on(hostsOfRole(topology, 'real server'));
  const holdsVip = addresses.some((address) => bare(address) === topology.service.address);
  const isPublic = holdsVip || on([...hostsOfRole(topology, 'client'), ...hostsOfRole(topology, 'router')]);
  if (isPrivate !== isPublic) return isPrivate ? 'private' : 'public';
  return 'both';
}
