import type { Fault } from '../fault.ts';
import { changeHosts, changeState, directorAddress, usesMethod } from '../plant.ts';
import { hostsOfRole, placedNics } from '../topology.ts';

/** The last number of the client's new address. */
const NUMBER = 100;

export const fault: Fault = {
  id: 'client-in-server-net',
  level: 2,
  title: {
    en: 'Masquerading, and the client is in the network of the real servers',
    zh: 'NAT 模式，客户端却在真实服务器的网段里',
  },
  follows: {
    en: 'The request goes through the director, the answer straight to the client: from an address that it never asked, so it refuses it with RST.',
    zh: '请求经过调度器，回应却直接交给了客户端：来自它从未问过的地址，客户端用 RST 拒绝。',
  },
  hints: [
    { en: 'What does the client receive, and from whom? Capture there.', zh: '客户端收到了什么？谁发的？在那里抓包。' },
    { en: 'On a real server: nstat -az TcpExtEmbryonicRsts', zh: '在真实服务器上：nstat -az TcpExtEmbryonicRsts' },
    {
      en: 'ip route get with the address of the client, on a real server.',
      zh: '在真实服务器上：ip route get 客户端地址。',
    },
  ],
  plant: (topology) => {
    const [server] = hostsOfRole(topology, 'real server');
    const near = placedNics(topology).find(({ host }) => host === server);
    const network = /^(\d+\.\d+\.\d+)\.\d+(\/\d+)$/.exec(near?.addresses[0] ?? '');
    if (near === undefined || network === null || !usesMethod(topology, 'm') || usesMethod(topology, 'g'))
      return undefined;
    const via = directorAddress(topology, near.segment);
    return changeHosts(topology, 'client', (host) => {
      const without =
        changeState(host, (state) => (state.routes === undefined ? undefined : { ...state, routes: [] })) ?? host;
      const nic = { segment: near.segment, addresses: [`${network[1]}.${NUMBER}${network[2]}`] };
      return { ...without, nics: { eth0: nic }, routes: via === undefined ? [] : [{ to: 'default', via }] };
    });
  },
};
