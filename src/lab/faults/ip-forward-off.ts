import type { Fault } from '../fault.ts';
import { changeHosts, usesMethod, withSysctls } from '../plant.ts';

export const fault: Fault = {
  id: 'ip-forward-off',
  level: 1,
  title: { en: 'The director does not forward (ip_forward=0)', zh: '调度器没有打开路由转发（ip_forward=0）' },
  follows: {
    en: 'Replies of masqueraded real servers end at the director. Its counters show the reason: forwarding-off.',
    zh: 'NAT 方式下真实服务器的应答到调度器为止。计数器写着原因：forwarding-off。',
  },
  hints: [
    {
      en: 'How far does a packet come, and how far its answer?',
      zh: '报文走到了哪里？应答又走到了哪里？',
    },
    { en: 'weir status on the director shows packets by reason.', zh: '在调度器上用 weir status 看各种原因的报文数。' },
    { en: 'cat /proc/sys/net/ipv4/ip_forward on the director.', zh: '在调度器上：cat /proc/sys/net/ipv4/ip_forward。' },
  ],
  /** Requests do without (ip_vs_xmit.c), and replies of direct routing and tunnels do not come by the director. */
  plant: (topology) => {
    const ipv6 = isIpv6(topology.service.address);
    if (!usesMethod(topology, 'm')) return undefined;
    return changeHosts(topology, 'director', (host) =>
      withSysctls(host, {
        'net.ipv4.ip_forward': '0',
        ...(ipv6 ? { 'net.ipv6.conf.all.forwarding': '0' } : {}),
      }),
    );
  },
};

function isIpv6(address: string): boolean {
  return address.includes(':');
}
