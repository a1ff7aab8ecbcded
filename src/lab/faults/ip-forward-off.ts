import type { Fault } from '../fault.ts';
import { changeHosts, usesMethod, withSysctls } from '../plant.ts';

export const fault: Fault = {
  id: 'ip-forward-off',
  level: 1,
  title: { en: 'The director does not forward (ip_forward=0)', zh: '调度器没有打开路由转发（ip_forward=0）' },
  follows: {
    en: 'Packets end at the director: of masqueraded real servers the replies, of IPv6 the requests. Its counters show the reason: forwarding-off.',
    zh: '报文到调度器为止：NAT 方式下是真实服务器的应答，IPv6 则是请求。计数器写着原因：forwarding-off。',
  },
  hints: [
    {
      en: 'How far does a packet come, and how far its answer?',
      zh: '报文走到了哪里？应答又走到了哪里？',
    },
    { en: 'weir status on the director shows packets by reason.', zh: '在调度器上用 weir status 看各种原因的报文数。' },
    { en: 'cat /proc/sys/net/ipv4/ip_forward on the director.', zh: '在调度器上：cat /proc/sys/net/ipv4/ip_forward。' },
  ],
  /** Requests of IPv4 do without (ip_vs_xmit.c), and replies of direct routing and tunnels do not come by the director. */
  plant: (topology) => {
    const ipv6 = isIpv6(topology.service.address);
    if (!ipv6 && !usesMethod(topology, 'm')) return undefined;
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
