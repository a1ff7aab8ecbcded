import type { Fault } from '../fault.ts';
import { changeRules } from '../plant.ts';

export const fault: Fault = {
  id: 'weight-zero',
  level: 1,
  title: { en: 'Every real server has weight 0', zh: '所有真实服务器的权重都是 0' },
  follows: {
    en: 'Nobody may get a new connection: the director drops it under the reason no-destination.',
    zh: '谁也不能得到新连接：调度器以 no-destination 为由丢弃。',
  },
  hints: [
    {
      en: 'Does anything leave the director on the side of the real servers?',
      zh: '调度器向真实服务器一侧发出了什么吗？',
    },
    { en: 'weir status on the director shows packets by reason.', zh: '在调度器上用 weir status 看各种原因的报文数。' },
    { en: 'ipvsadm -L -n: look at the column Weight.', zh: 'ipvsadm -L -n：看 Weight 一列。' },
  ],
  plant: (topology) =>
    changeRules(topology, (line) =>
      /^(ipvsadm|weir rule) -a/.test(line) ? `${line.replace(/ -w \d+/, '')} -w 0` : line,
    ),
};
