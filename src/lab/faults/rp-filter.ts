import type { Fault } from '../fault.ts';
import { changeHosts, withSysctls } from '../plant.ts';

export const fault: Fault = {
  id: 'rp-filter',
  title: {
    en: 'rp_filter is strict on the real servers, and requests come out of a tunnel',
    zh: '真实服务器上 rp_filter 是严格模式，而请求是从隧道里出来的',
  },
  follows: {
    en: 'What comes out of tunl0 is from a client that is reached by eth0: the reverse path filter drops it.',
    zh: '从 tunl0 出来的包，源是要走 eth0 才能到的客户端：被反向路径过滤丢弃。',
  },
  hints: [
    {
      en: 'The tunnel packet arrives. Does the web server see the request?',
      zh: '隧道报文到了。web 服务看到请求了吗？',
    },
    {
      en: 'On a real server: nstat -az TcpExtIPReversePathFilter',
      zh: '在真实服务器上：nstat -az TcpExtIPReversePathFilter',
    },
    {
      en: 'sysctl net.ipv4.conf.all.rp_filter on a real server.',
      zh: '在真实服务器上：sysctl net.ipv4.conf.all.rp_filter。',
    },
  ],
  plant: (topology) =>
    changeHosts(topology, 'real server', (host) =>
      host.tunnels === undefined ? undefined : withSysctls(host, { 'net.ipv4.conf.all.rp_filter': '1' }),
    ),
};
