import type { Fault } from '../fault.ts';
import { usesMethod, withAskingClients } from '../plant.ts';
import { hostOfRole, hostsOfRole, placedNics } from '../topology.ts';

export const fault: Fault = {
  id: 'checksums',
  level: 3,
  title: {
    en: 'The director’s NIC shall compute the checksums of TCP, and does not',
    zh: '调度器的网卡本该计算 TCP 校验和，却没有算',
  },
  follows: {
    en: 'Requests arrive whole but for a checksum that nobody has computed, and the real server throws them away without a word. ping, ARP and UDP work, and on the director itself everything looks right.',
    zh: '请求完整地到了，只是校验和没有人算过，真实服务器一声不响地丢掉。ping、ARP、UDP 都正常，在调度器上看也一切都对。',
  },
  hints: [
    {
      en: 'Requests reach the real server. tcpdump -v there: is it content with them?',
      zh: '请求到了真实服务器。在那里 tcpdump -v：它对这些报文满意吗？',
    },
    { en: 'On a real server: nstat -az TcpInCsumErrors', zh: '在真实服务器上：nstat -az TcpInCsumErrors' },
    { en: 'Which NIC did these packets leave last?', zh: '这些报文最后是从哪块网卡出来的？' },
  ],
  /** The NIC towards the real servers. */
  plant: (topology) => {
    const director = hostOfRole(topology, 'director');
    const [server = ''] = hostsOfRole(topology, 'real server');
    const segment = Object.values(topology.hosts[server]?.nics ?? {})[0]?.segment;
    const nic = placedNics(topology).find((one) => one.host === director && one.segment === segment);
    const host = topology.hosts[director];
    // Inside a tunnel it would not be the NIC's business.
    if (nic === undefined || host === undefined || usesMethod(topology, 'i')) return undefined;
    const nics = { ...host.nics, [nic.name]: { ...host.nics[nic.name]!, checksums: 'wrong' as const } };
    const careless = { ...topology, hosts: { ...topology.hosts, [director]: { ...host, nics } } };
    // A director whose only address is the VIP cannot ask real servers itself.
    return withAskingClients(careless, 400);
  },
};
