import type { Fault } from '../fault.ts';
import { changeHosts, changeState } from '../plant.ts';

export const fault: Fault = {
  id: 'arp-announce',
  level: 3,
  latent: true,
  title: {
    en: 'The real servers ask by ARP with the VIP as their own address (arp_announce=0, no static gateway)',
    zh: '真实服务器发 ARP 询问时自称 VIP（arp_announce=0，也没有静态绑定网关）',
  },
  follows: {
    en: 'A real server asks for its gateway in the name of the VIP. The router writes down the real server’s MAC as that of the VIP, and from then on sends it what is meant for the director.',
    zh: '真实服务器以 VIP 的名义询问网关，路由器就把它的 MAC 记成 VIP 的，此后本该给调度器的包都交给了它。',
  },
  hints: [
    { en: 'The first request is answered as it should be. And those after it?', zh: '第一个请求一切正常。后面的呢？' },
    {
      en: 'tcpdump -e arp at the router: who asks, and what does it call itself?',
      zh: '在路由器上 tcpdump -e arp：谁在询问？它自称是谁？',
    },
    {
      en: 'cat /proc/sys/net/ipv4/conf/all/arp_announce on a real server.',
      zh: '在真实服务器上：cat /proc/sys/net/ipv4/conf/all/arp_announce。',
    },
  ],
  plant: (topology) =>
    changeHosts(topology, 'real server', (host) =>
      changeState(host, (state) => {
        const entries = Object.entries(state.sysctls ?? {});
        const kept = entries.filter(([key]) => !key.endsWith('.arp_announce'));
        return kept.length === entries.length
          ? undefined
          : { ...state, sysctls: Object.fromEntries(kept), neighbours: [] };
      }),
    ),
};
