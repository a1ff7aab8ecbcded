import type { Fault } from '../fault.ts';
import { changeHosts, changeState, directorAddress, usesMethod } from '../plant.ts';

export const fault: Fault = {
  id: 'gateway-director',
  level: 2,
  title: {
    en: 'Direct routing, but the gateway of the real servers is the director',
    zh: '直接路由模式，真实服务器的网关却指向了调度器',
  },
  follows: {
    en: 'The answers come to the director with the VIP as their source. The VIP is its own address: nothing outside may have it, and they are dropped as martians, without a counter of IP.',
    zh: '回应以 VIP 为源地址来到调度器。VIP 是调度器自己的地址，外面不可能有，于是被当作 martian 丢弃，IP 计数器都不动。',
  },
  hints: [
    { en: 'Do the real servers answer? Who gets their answers?', zh: '真实服务器回答了吗？回应交给了谁？' },
    {
      en: 'Capture on the director: SYN-ACKs come in from the real servers. Should they pass here at all?',
      zh: '在调度器上抓包：真实服务器的 SYN-ACK 进来了。它们本该经过这里吗？',
    },
    { en: 'ip route on a real server: who is the gateway?', zh: '在真实服务器上看 ip route：网关是谁？' },
  ],
  plant: (topology) =>
    usesMethod(topology, 'g') && !topology.service.address.includes(':')
      ? changeHosts(topology, 'real server', (host) => {
          const via = directorAddress(topology, Object.values(host.nics)[0]?.segment ?? '');
          if (via === undefined) return undefined;
          return changeState(host, (state) => {
            if (state.routes?.some(({ to }) => to === 'default') !== true) return undefined;
            const routes = state.routes.map((route) => (route.to === 'default' ? { ...route, via } : route));
            return { ...state, routes };
          });
        })
      : undefined,
};
