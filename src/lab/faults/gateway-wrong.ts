import type { Fault } from '../fault.ts';
import { changeHosts, changeState, usesMethod } from '../plant.ts';
import { bare, placedNics } from '../topology.ts';

export const fault: Fault = {
  id: 'gateway-wrong',
  level: 2,
  title: {
    en: 'The gateway of the real servers is not the director',
    zh: '真实服务器的网关没有指向调度器',
  },
  follows: {
    en: 'Requests arrive, and the answers go to a host that is no router and throws them away. The client waits in vain.',
    zh: '请求到得了，回应却交给了一台不是路由器的主机，被它丢掉。客户端一直等不到回答。',
  },
  hints: [
    {
      en: 'Capture on both sides of the director: which packets are on which side?',
      zh: '在调度器两侧抓包：哪一侧有什么包？',
    },
    {
      en: 'Requests reach the real server. Where does it send its answers? Look at the destination MAC.',
      zh: '请求到了真实服务器。它把回应发给了谁？看目的 MAC。',
    },
    { en: 'ip route on a real server: who is the gateway?', zh: '在真实服务器上看 ip route：网关是谁？' },
  ],
  /** The gateway is another host of the segment, neither director nor router. */
  plant: (topology) =>
    usesMethod(topology, 'm')
      ? changeHosts(topology, 'real server', (host, name) => {
          const segment = Object.values(host.nics)[0]?.segment;
          const other = placedNics(topology).find(
            (nic) => nic.segment === segment && nic.host !== name && topology.hosts[nic.host]?.role === 'real server',
          );
          const via = other?.addresses[0];
          if (via === undefined) return undefined;
          return changeState(host, (state) =>
            state.routes?.some(({ to }) => to === 'default')
              ? {
                  ...state,
                  routes: state.routes.map((route) => (route.to === 'default' ? { ...route, via: bare(via) } : route)),
                }
              : undefined,
          );
        })
      : undefined,
};
