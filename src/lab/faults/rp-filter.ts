import type { Fault } from '../fault.ts';
import { changeHosts, withSysctls, usesFullNat } from '../plant.ts';
import { bare, hostOfRole, placedNics } from '../topology.ts';

export const fault: Fault = {
  id: 'rp-filter',
  level: 3,
  title: {
    en: 'The real servers have a second NIC in the network of the client, and rp_filter is strict',
    zh: '真实服务器有第二块网卡接在客户端的网段里，而 rp_filter 是严格模式',
  },
  follows: {
    en: 'Requests come in by one NIC, and the way back to their sender leads out of the other: the reverse path filter takes them for forged and drops them.',
    zh: '请求从一块网卡进来，而回给源地址的路要走另一块：反向路径过滤把它们当作伪造的，丢弃。',
  },
  hints: [
    {
      en: 'Requests arrive at the real server. Does the web server see them?',
      zh: '请求到了真实服务器。web 服务看到了吗？',
    },
    {
      en: 'On a real server: nstat -az TcpExtIPReversePathFilter',
      zh: '在真实服务器上：nstat -az TcpExtIPReversePathFilter',
    },
    {
      en: 'sysctl net.ipv4.conf.all.rp_filter on a real server, and ip route get with the address of the client.',
      zh: '在真实服务器上：sysctl net.ipv4.conf.all.rp_filter，再 ip route get 客户端地址。',
    },
  ],
  plant: (topology) => {
    const clientNic = placedNics(topology).find(({ host }) => host === hostOfRole(topology, 'client'));
    const network = /^(\d+\.\d+\.\d+\.)\d+(\/\d+)$/.exec(clientNic?.addresses[0] ?? '');
    // Behind full NAT nothing comes from the client's network.
    if (clientNic === undefined || network === null || usesFullNat(topology)) return undefined;
    return changeHosts(topology, 'real server', (host) => {
      const [first] = Object.values(host.nics);
      const number = /\d+$/.exec(bare(first?.addresses[0] ?? ''))?.[0];
      if (number === undefined || first?.segment === clientNic.segment) return undefined;
      const nic = { segment: clientNic.segment, addresses: [`${network[1]}${number}${network[2]}`] };
      return withSysctls({ ...host, nics: { ...host.nics, eth1: nic } }, { 'net.ipv4.conf.all.rp_filter': '1' });
    });
  },
};
