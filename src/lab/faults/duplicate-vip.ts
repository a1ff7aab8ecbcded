import type { Fault } from '../fault.ts';
import { bare, hostOfRole, placedNics } from '../topology.ts';

export const fault: Fault = {
  id: 'duplicate-vip',
  level: 2,
  title: { en: 'Another host has the VIP as well', zh: '另有一台主机也配了 VIP' },
  follows: {
    en: 'The router has been given the VIP by mistake. It takes requests for its own, and refuses them, as nothing listens there; who asks by ARP hears two answers.',
    zh: '路由器被误配了 VIP。它把请求当成给自己的，而那里没有程序在监听，于是拒绝；用 ARP 询问的人会听到两个回答。',
  },
  hints: [
    { en: 'Who sends the refusal? Does the director see the request?', zh: '拒绝是谁发出的？调度器看到请求了吗？' },
    {
      en: 'tcpdump -e arp at the director while it asks for the VIP: how many have it?',
      zh: '在网段上用 tcpdump -e arp 看谁替 VIP 回答：有几台？',
    },
    { en: 'ip address show on every host.', zh: '在每台主机上：ip address show。' },
  ],
  plant: (topology) => {
    const { address } = topology.service;
    const own = placedNics(topology).find(
      ({ host, addresses }) =>
        host === hostOfRole(topology, 'director') && addresses.some((one) => bare(one) === address),
    );
    const nic = placedNics(topology).find(
      ({ host, segment }) => topology.hosts[host]?.role === 'router' && segment === own?.segment,
    );
    if (nic === undefined) return undefined;
    const router = topology.hosts[nic.host]!;
    const duplicate = { address: `${address}/${address.includes(':') ? 128 : 32}` };
    const addresses = { ...router.addresses, [nic.name]: [...(router.addresses?.[nic.name] ?? []), duplicate] };
    return { ...topology, hosts: { ...topology.hosts, [nic.host]: { ...router, addresses } } };
  },
};
