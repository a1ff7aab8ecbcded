import type { Fault } from '../fault.ts';
import { changeRules } from '../plant.ts';

export const fault: Fault = {
  id: 'no-rules',
  level: 1,
  title: { en: 'The rules have not been typed, or not been restored at boot', zh: '规则没有设置，或者开机时没有恢复' },
  follows: {
    en: 'The director is an ordinary host: nothing listens on the VIP, and it refuses the connection itself.',
    zh: '调度器只是一台普通主机：VIP 上没有程序在监听，它自己就拒绝了连接。',
  },
  hints: [
    { en: 'Who sends the refusal? Capture at the director.', zh: '拒绝是谁发出的？在调度器上抓包。' },
    { en: 'ipvsadm -L -n on the director.', zh: '在调度器上：ipvsadm -L -n。' },
  ],
  plant: (topology) => changeRules(topology, (line) => (/^(ipvsadm|weir rule) -[Aa]/.test(line) ? undefined : line)),
};
