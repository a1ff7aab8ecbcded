import type { Fault } from '../fault.ts';
import { changeHosts, changeState } from '../plant.ts';

export const fault: Fault = {
  id: 'no-static-arp',
  level: 3,
  title: {
    en: 'The director has no address but the VIP, and the MACs of the real servers are not bound on it',
    zh: '调度器除 VIP 外没有别的地址，又没有静态绑定真实服务器的 MAC',
  },
  follows: {
    en: 'The director asks by ARP for a real server in the name of the VIP. The real server holds the VIP itself: a question from its own address is a martian, and it stays silent.',
    zh: '调度器以 VIP 的名义用 ARP 询问真实服务器。真实服务器自己也有 VIP：来自自己地址的询问是 martian，它不回答。',
  },
  hints: [
    {
      en: 'Does anything leave the director for the real servers? tcpdump -e arp there.',
      zh: '调度器向真实服务器发出了什么吗？在那里 tcpdump -e arp。',
    },
    { en: 'Who asks, and what does it call itself? Who should answer?', zh: '谁在询问？它自称是谁？谁该回答？' },
    { en: 'ip neighbour on the director.', zh: '在调度器上：ip neighbour。' },
  ],
  plant: (topology) =>
    changeHosts(topology, 'director', (host) =>
      changeState(host, (state) => {
        return state.neighbours === undefined ? undefined : { ...state, neighbours: [] };
      }),
    ),
};
