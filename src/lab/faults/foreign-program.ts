import type { Fault } from '../fault.ts';
import { changeHosts } from '../plant.ts';

export const fault: Fault = {
  id: 'foreign-program',
  level: 3,
  title: {
    en: 'somebody’s XDP program on the director, a filter against floods, drops whatever opens a TCP connection',
    zh: '调度器网卡上有别人的 XDP 程序：防洪过滤器，把所有新建的 TCP 连接都丢了',
  },
  follows: {
    en: 'The client waits in vain. On the director tcpdump sees no request, and no counter of Weir moves: an XDP program is before both. ping works.',
    zh: '客户端一直等不到回答。在调度器上 tcpdump 看不到请求，Weir 的计数器一个也不动：XDP 程序排在两者前面。ping 是通的。',
  },
  hints: [
    {
      en: 'The request leaves the client. Does tcpdump on the director see it? ping the VIP, too.',
      zh: '请求离开了客户端。调度器上的 tcpdump 看得到它吗？再 ping 一下 VIP。',
    },
    { en: 'What has packets even before tcpdump?', zh: '有什么东西比 tcpdump 更早拿到报文？' },
    {
      en: 'On the director: ip -details link show, and weir status.',
      zh: '在调度器上：ip -details link show，再看 weir status。',
    },
  ],
  /** The NIC that requests come in by. */
  plant: (topology) =>
    changeHosts(topology, 'director', ({ nics, ...host }) => {
      const [name, nic] = Object.entries(nics)[0] ?? [];
      if (name === undefined || nic === undefined) return undefined;
      return { ...host, nics: { ...nics, [name]: { ...nic, xdp: 'flood-filter' } } };
    }),
};
