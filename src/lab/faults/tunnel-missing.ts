import type { Fault } from '../fault.ts';
import { changeHosts } from '../plant.ts';

export const fault: Fault = {
  id: 'tunnel-missing',
  title: { en: 'The real servers have no tunnel device', zh: '真实服务器没有启用隧道设备（tunl0）' },
  follows: {
    en: 'The packet arrives, and nobody takes what is in it: the real server answers the director with ICMP protocol unreachable.',
    zh: '报文到了，却没有人拆开它：真实服务器用 ICMP 协议不可达回答调度器。',
  },
  hints: [
    {
      en: 'Capture at a real server: what arrives is IP in IP. What does it answer?',
      zh: '在真实服务器上抓包：到的是 IP 套 IP。它回答了什么？',
    },
    { en: 'On a real server: nstat -az IpInUnknownProtos', zh: '在真实服务器上：nstat -az IpInUnknownProtos' },
    { en: 'ip link show tunl0 on a real server.', zh: '在真实服务器上：ip link show tunl0。' },
  ],
  plant: (topology) =>
    changeHosts(topology, 'real server', ({ tunnels, addresses = {}, ...host }) => {
      if (tunnels === undefined) return undefined;
      const devices = Object.keys(tunnels);
      const kept = Object.entries(addresses).filter(([nic]) => !devices.includes(nic));
      const moved = devices.flatMap((device) => addresses[device] ?? []);
      return { ...host, addresses: { ...Object.fromEntries(kept), lo: [...(addresses['lo'] ?? []), ...moved] } };
    }),
};
