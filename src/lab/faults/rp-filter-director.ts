import type { Fault } from '../fault.ts';
import { changeHosts, withSysctls } from '../plant.ts';
import { bare, hostOfRole, placedNics } from '../topology.ts';

/** The last number of the address that comes in by the wrong side. */
const NUMBER = 200;

export const fault: Fault = {
  id: 'rp-filter-director',
  level: 3,
  latent: true,
  title: {
    en: 'The director’s rp_filter is strict, and somebody comes in by another NIC than leads back to him',
    zh: '调度器的 rp_filter 是严格模式，而有人从“不该来”的网卡进来',
  },
  follows: {
    en: 'Balanced packets are taken before the stack checks where they come from. Everything else from that host (monitoring, ssh, ping) is dropped as forged, and one counter alone tells.',
    zh: '负载均衡的报文在协议栈检查来源之前就被接走了。那台主机发来的其他报文（监控、ssh、ping）都被当作伪造的丢弃，只有一个计数器知道。',
  },
  hints: [
    {
      en: 'The web is answered. tcpdump udp at the director: what comes in, and from whom?',
      zh: '网页正常。在调度器上 tcpdump udp：进来的是什么？谁发的？',
    },
    {
      en: 'On the director: nstat -az TcpExtIPReversePathFilter, twice.',
      zh: '在调度器上看两次：nstat -az TcpExtIPReversePathFilter。',
    },
    {
      en: 'ip route get with that sender, on the director: by which NIC? And sysctl net.ipv4.conf.eth0.rp_filter.',
      zh: '在调度器上 ip route get 那个源地址：走哪块网卡？再看 sysctl net.ipv4.conf.eth0.rp_filter。',
    },
  ],
  /** The client has an address of the other side, and sends datagrams from it. */
  plant: (topology) => {
    const nics = placedNics(topology).filter(({ host }) => host === hostOfRole(topology, 'director'));
    const client = placedNics(topology).find(({ host }) => host === hostOfRole(topology, 'client'));
    const near = nics.find(({ segment }) => segment === client?.segment);
    const far = nics.find((nic) => nic !== near);
    const network = /^(\d+\.\d+\.\d+)\.\d+/.exec(far?.addresses[0] ?? '')?.[1];
    const target = near?.addresses[0];
    if (near === undefined || network === undefined || target === undefined) return undefined;
    const stray = `${network}.${NUMBER}`;
    const strict = changeHosts(topology, 'director', (host) =>
      withSysctls(host, { [`net.ipv4.conf.${near.name}.rp_filter`]: '1' }),
    );
    // Nobody is asked by ARP in the name of an address that he does not believe in.
    return (
      strict &&
      changeHosts(strict, 'client', (host) => ({
        ...withSysctls(host, { 'net.ipv4.conf.all.arp_announce': '2' }),
        addresses: { ...host.addresses, lo: [{ address: `${stray}/32` }] },
        habits: [{ kind: 'datagrams', every: 200, to: { address: bare(target), port: 9 }, from: stray }],
      }))
    );
  },
};
