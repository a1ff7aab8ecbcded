import type { Fault } from '../fault.ts';
import { changeHosts } from '../plant.ts';
import { bare, hostOfRole, placedNics } from '../topology.ts';

export const fault: Fault = {
  id: 'client-is-director',
  level: 2,
  latent: true,
  title: { en: 'The service is tried on the director itself', zh: '在调度器自己身上访问 VIP' },
  follows: {
    en: 'A check on the director asks the VIP and is refused, while clients are answered. Weir balances what comes in by an interface; what the director sends to its own address never leaves it, and nothing listens there. With kernel IPVS and direct routing it waits for ever instead, as the real server drops a packet from an address that is its own. Ask from another host.',
    zh: '调度器上的检查脚本访问 VIP 被拒绝，客户端却都正常。Weir 均衡的是从网卡进来的报文；调度器发给自己地址的报文根本不出门，而那里没有程序在监听。换成内核 IPVS 和直接路由，它会一直等下去：真实服务器会丢弃源地址等于自己的报文。请换一台主机测试。',
  },
  hints: [
    { en: 'Clients are answered. Who complains, and from where?', zh: '客户端都有回答。是谁在抱怨？他在哪台主机上？' },
    { en: 'tcpdump -i lo on the director.', zh: '在调度器上：tcpdump -i lo。' },
    {
      en: 'On the director: nstat -az TcpAttemptFails TcpOutRsts, twice.',
      zh: '在调度器上看两次：nstat -az TcpAttemptFails TcpOutRsts。',
    },
  ],
  plant: (topology) => {
    const { service } = topology;
    const nics = placedNics(topology).filter(({ host }) => host === hostOfRole(topology, 'director'));
    if (!nics.some(({ addresses }) => addresses.some((address) => bare(address) === service.address))) return undefined;
    return changeHosts(topology, 'director', (host) => ({ ...host, habits: [{ kind: 'asks', every: 200 }] }));
  },
};
