import type { Fault } from '../fault.ts';
import { changeHosts } from '../plant.ts';

export const fault: Fault = {
  id: 'tunnel-missing',
  level: 2,
  title: {
    en: 'The real servers do not unwrap tunnels (no tunl0, no weir decap)',
    zh: '真实服务器不拆隧道（没有 tunl0，也没有 weir decap）',
  },
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
    { en: 'weir decap status on a real server.', zh: '在真实服务器上：weir decap status。' },
  ],
  plant: (topology) =>
    changeHosts(topology, 'real server', ({ decap, byHand, ...host }) => {
      const { decap: typed, ...others } = byHand ?? {};
      return decap === undefined && typed === undefined ? undefined : { ...host, byHand: others };
    }),
};
