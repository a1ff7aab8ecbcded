import type { Fault } from '../fault.ts';
import { changeHosts, usesMethod, withSysctls } from '../plant.ts';

export const fault: Fault = {
  id: 'redirects',
  level: 3,
  latent: true,
  title: {
    en: 'Masquerading with one NIC, and the director sends ICMP redirects',
    zh: '单网卡 NAT，调度器却会发送 ICMP 重定向',
  },
  follows: {
    en: 'Whatever a real server sends through the director and Weir does not balance is answered with a redirect: there is a shorter way. A real server that believes it replies past the director from then on, with its own address, and clients refuse that.',
    zh: '真实服务器经调度器转发、又不属于负载均衡的报文，都会换来一个重定向：有更近的路。相信了它的真实服务器此后绕过调度器、用自己的地址回答，客户端一律拒绝。',
  },
  hints: [
    {
      en: 'Requests are answered. What if a real server pings the client?',
      zh: '请求都有回答。让真实服务器 ping 一下客户端呢？',
    },
    { en: 'On the director: nstat -az IcmpOutRedirects', zh: '在调度器上：nstat -az IcmpOutRedirects' },
    {
      en: 'sysctl net.ipv4.conf.all.send_redirects and that of eth0 on the director: the greater counts.',
      zh: '在调度器上看 sysctl net.ipv4.conf.all.send_redirects 和 eth0 的：取较大者。',
    },
  ],
  plant: (topology) =>
    usesMethod(topology, 'm')
      ? changeHosts(topology, 'director', (host) => {
          const [nic, ...more] = Object.keys(host.nics);
          if (nic === undefined || more.length > 0) return undefined;
          const keys = ['all', nic].map((name) => `net.ipv4.conf.${name}.send_redirects`);
          return withSysctls(host, Object.fromEntries(keys.map((key) => [key, '1'])));
        })
      : undefined,
};
