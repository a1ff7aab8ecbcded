import type { Fault } from '../fault.ts';
import { changeRules, withAskingClients } from '../plant.ts';

export const fault: Fault = {
  id: 'persistence-share',
  level: 2,
  latent: true,
  ripens: 5,
  title: {
    en: 'Persistence, and all clients come from one address (a proxy)',
    zh: '配了持久连接，而所有客户端都来自同一个地址（代理）',
  },
  follows: {
    en: 'Persistence takes everybody behind the proxy for one client: one real server gets all connections, and the other stands by. Neither weights nor the scheduler change that.',
    zh: '持久连接把代理后面的众人当成一个客户端：一台真实服务器接下所有连接，另一台闲着。改权重、换调度算法都没有用。',
  },
  hints: [
    { en: 'Send several requests. Who answers?', zh: '多发几个请求。是谁回答的？' },
    { en: 'ipvsadm -L -n on the director: the columns at the right.', zh: '在调度器上 ipvsadm -L -n：看右边几列。' },
    {
      en: 'ipvsadm -L -n --persistent-conn, and ipvsadm -L -n -c.',
      zh: 'ipvsadm -L -n --persistent-conn，再看 ipvsadm -L -n -c。',
    },
  ],
  plant: (topology) => {
    const planted = changeRules(topology, (line) =>
      line.startsWith('ipvsadm -A ') && !/ -p/.test(line) ? `${line} -p 300` : line,
    );
    return planted && withAskingClients(planted, 150);
  },
};
