import type { Fault } from '../fault.ts';
import { changeHosts, withSysctls } from '../plant.ts';

export const fault: Fault = {
  id: 'ip-forward-off',
  level: 1,
  title: { en: 'The director does not forward (ip_forward=0)', zh: '调度器没有打开路由转发（ip_forward=0）' },
  follows: {
    en: 'Requests end at the director. Its counters show the reason: forwarding-off.',
    zh: '请求到调度器为止。计数器写着原因：forwarding-off。',
  },
  hints: [
    {
      en: 'Does anything leave the director on the side of the real servers?',
      zh: '调度器向真实服务器一侧发出了什么吗？',
    },
    { en: 'weir status on the director shows packets by reason.', zh: '在调度器上用 weir status 看各种原因的报文数。' },
    { en: 'cat /proc/sys/net/ipv4/ip_forward on the director.', zh: '在调度器上：cat /proc/sys/net/ipv4/ip_forward。' },
  ],
  plant: (topology) =>
    changeHosts(topology, 'director', (host) =>
      withSysctls(host, {
        'net.ipv4.ip_forward': '0',
        ...(isIpv6(topology.service.address) ? { 'net.ipv6.conf.all.forwarding': '0' } : {}),
      }),
    ),
};

function isIpv6(address: string): boolean {
  return address.includes(':');
}
