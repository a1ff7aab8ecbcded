import type { Fault } from '../fault.ts';
import { NOWHERE, Routing } from '../../lvs/routing.ts';
import { changeHosts, usesMethod } from '../plant.ts';
import { hostOfRole, placedNics } from '../topology.ts';

export const fault: Fault = {
  id: 'client-is-director',
  level: 2,
  latent: true,
  title: { en: 'The service is tried on the director itself', zh: '在调度器自己身上访问 VIP' },
  follows: {
    en: 'A check on the director asks the VIP and waits for ever, while clients are answered. A program that asks for an address of its own host has that address as its source: the packet goes out with the VIP at both ends, and the real server, which owns the VIP as well, drops it as forged. Ask from another host, or from another address of the director (curl --interface DIP).',
    zh: '调度器上的检查脚本访问 VIP，一直等不到回答，客户端却都正常。访问本机地址的程序，源地址也是这个地址：报文两头都是 VIP，而真实服务器上也有 VIP，会把它当作伪造丢弃。请换一台主机测试，或者用调度器的另一个地址去访问（curl --interface DIP）。',
  },
  hints: [
    { en: 'Clients are answered. Who complains, and from where?', zh: '客户端都有回答。是谁在抱怨？他在哪台主机上？' },
    {
      en: 'On the director: ipvsadm -L -n -c. Whose connections stay in SYN_RECV?',
      zh: '在调度器上：ipvsadm -L -n -c。谁的连接停在 SYN_RECV？',
    },
    {
      en: 'tcpdump on the side of the real servers: which source does the SYN have?',
      zh: '在真实服务器一侧 tcpdump：SYN 的源地址是什么？',
    },
  ],
  plant: (topology) => {
    const { service } = topology;
    if (!usesMethod(topology, 'g') && !usesMethod(topology, 'i')) return undefined;
    const nics = placedNics(topology).filter(({ host }) => host === hostOfRole(topology, 'director'));
    // A VIP beside an earlier address of its network is asked from that one, and answered.
    const interfaces = Object.fromEntries(nics.map(({ name, addresses }) => [name, { addresses: [...addresses] }]));
    const way = new Routing({ ...NOWHERE, interfaces }).lookup(service.address);
    if (way.kind !== 'local' || way.source !== service.address) return undefined;
    return changeHosts(topology, 'director', (host) => ({ ...host, habits: [{ kind: 'asks', every: 200 }] }));
  },
};
