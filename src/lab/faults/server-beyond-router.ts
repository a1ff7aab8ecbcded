import type { Fault } from '../fault.ts';
import { changeHosts, changeRules, changeState, usesMethod } from '../plant.ts';
import { bare, hostOfRole, placedNics, type Topology } from '../topology.ts';

export const fault: Fault = {
  id: 'server-beyond-router',
  level: 3,
  title: {
    en: 'Direct routing, but the real servers are behind a router',
    zh: '直接路由模式，真实服务器却在路由器的另一边',
  },
  follows: {
    en: 'The director hands the packet to the router, as the way to the real server leads there. The destination is still the VIP, so the router gives it back: it goes round and round, one less in its TTL each time, until that is used up.',
    zh: '去真实服务器要走路由器，调度器就把报文交给它。可目的地址仍是 VIP，路由器又送了回来：来回兜圈，TTL 一次次减少，直到耗尽。',
  },
  hints: [
    {
      en: 'Capture at the director: how often do you see one and the same packet?',
      zh: '在调度器上抓包：同一个包出现了几次？',
    },
    {
      en: 'tcpdump -v at the router: the TTL, line by line.',
      zh: '在路由器上 tcpdump -v：一行一行看 TTL。',
    },
    {
      en: 'ip route get with the address of a real server, on the director.',
      zh: '在调度器上：ip route get 真实服务器的地址。',
    },
  ],
  /** They stand in the network of the client. */
  plant: (topology) => {
    const client = placedNics(topology).find(({ host }) => host === hostOfRole(topology, 'client'));
    const network = /^(\d+\.\d+\.\d+)\.\d+(\/\d+)$/.exec(client?.addresses[0] ?? '');
    const router = placedNics(topology).find(
      ({ host, segment }) => topology.hosts[host]?.role === 'router' && segment === client?.segment,
    );
    const via = router?.addresses[0];
    if (client === undefined || network === null || via === undefined || !usesMethod(topology, 'g')) return undefined;
    const moved = new Map<string, string>();
    const planted = changeHosts(topology, 'real server', (host) => {
      const own = bare(Object.values(host.nics)[0]?.addresses[0] ?? '');
      if (!isRouted(topology, own)) return undefined;
      const address = own.replace(/^.*\./, `${network[1]}.`);
      moved.set(own, address);
      const nics = { eth0: { segment: client.segment, addresses: [`${address}${network[2]}`] } };
      const route = { to: 'default', via: bare(via) };
      return changeState({ ...host, nics }, (state) => ({
        ...state,
        ...(state.neighbours === undefined ? {} : { neighbours: [] }),
        ...(state.routes === undefined ? {} : { routes: [route] }),
      }));
    });
    const ruled =
      planted && changeRules(planted, (line) => line.replace(/(?<= -r )\S+/, (server) => moved.get(server) ?? server));
    return (
      ruled &&
      (changeHosts(ruled, 'director', (host) =>
        changeState(host, (state) => (state.neighbours === undefined ? undefined : { ...state, neighbours: [] })),
      ) ??
        ruled)
    );
  },
};

/** True if a rule sends to the server by direct routing. */
function isRouted({ commands }: Topology, address: string): boolean {
  return commands.some(({ line }) => line.startsWith('ipvsadm -a') && line.endsWith(` -r ${address} -g`));
}
