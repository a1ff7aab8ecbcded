import type { Fault } from '../fault.ts';
import { changeHosts } from '../plant.ts';
import { bare, hostOfRole, placedNics, statesOf, type PlacedNic, type Topology } from '../topology.ts';

export const fault: Fault = {
  id: 'vip-not-on-director',
  level: 1,
  title: { en: 'The director does not have the VIP', zh: '调度器上没有配置 VIP' },
  follows: {
    en: 'The rules are there, and nobody answers ARP for the VIP: no request ever arrives at the director.',
    zh: '规则都在，却没有人替 VIP 回答 ARP：请求根本到不了调度器。',
  },
  hints: [
    { en: 'Does any request arrive at the director?', zh: '有请求到达调度器吗？' },
    { en: 'ip neighbour on the client, or on the router.', zh: '在客户端（或路由器）上：ip neighbour。' },
    { en: 'ip address show on the director.', zh: '在调度器上：ip address show。' },
  ],
  plant: (topology) => {
    const nic = placedNics(topology).find((one) => one.host === hostOfRole(topology, 'director') && has(one, topology));
    if (nic === undefined || isGateway(topology)) return undefined;
    const addresses = nic.addresses.filter((address) => bare(address) !== topology.service.address);
    const left = addresses.length > 0 ? addresses : nic.addresses.map(neighbouring);
    return changeHosts(topology, 'director', (host) => ({
      ...host,
      nics: { ...host.nics, [nic.name]: { ...host.nics[nic.name]!, mac: nic.mac, addresses: left } },
    }));
  },
};

function has({ addresses }: PlacedNic, { service }: Topology): boolean {
  return addresses.some((address) => bare(address) === service.address);
}

/** True where somebody is routed by way of the VIP: without it more would be wrong. */
function isGateway({ hosts, service }: Topology): boolean {
  const states = Object.values(hosts).flatMap((host) => statesOf(host, true));
  return states.some(({ routes = [] }) => routes.some(({ via }) => via === service.address));
}

/** Another address of the same network. */
function neighbouring(address: string): string {
  return address.replace(/\d+(?=\/)/, '253');
}
