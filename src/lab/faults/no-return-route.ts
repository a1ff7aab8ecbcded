import type { Fault } from '../fault.ts';
import { changeHosts, changeState } from '../plant.ts';

export const fault: Fault = {
  id: 'no-return-route',
  level: 2,
  title: { en: 'The real servers have no default route', zh: '真实服务器没有默认路由' },
  follows: {
    en: 'Requests arrive, and the real server has no way back to the client: no answer leaves it.',
    zh: '请求到得了，但真实服务器没有回客户端的路由：回应根本没有发出。',
  },
  hints: [
    { en: 'Requests reach the real server. Does anything leave it?', zh: '请求到了真实服务器。它发出了什么吗？' },
    { en: 'On a real server: nstat -az IpOutNoRoutes', zh: '在真实服务器上：nstat -az IpOutNoRoutes' },
    {
      en: 'On a real server: ip route get with the address of the client.',
      zh: '在真实服务器上：ip route get 客户端地址。',
    },
  ],
  plant: (topology) =>
    changeHosts(topology, 'real server', (host) =>
      changeState(host, (state) => {
        if (state.routes?.some(({ to }) => to === 'default') !== true) return undefined;
        return { ...state, routes: state.routes.filter(({ to }) => to !== 'default') };
      }),
    ),
};
