import { endpointText } from '../../lvs/service.ts';
import type { Fault } from '../fault.ts';
import { changeHosts, usesMethod, withSysctls } from '../plant.ts';
import { addressesOf, hostsOfRole, placedNics } from '../topology.ts';

export const fault: Fault = {
  id: 'director-loop',
  level: 3,
  title: {
    en: 'The real servers are directors themselves, with rules for the same VIP',
    zh: '真实服务器自己也是调度器，配着同一个 VIP 的规则',
  },
  follows: {
    en: 'A request that the director gives to a real server is scheduled there again, to the other one, and there back again: it goes to and fro until its TTL is used up, and no web server ever sees it. So it goes where a standby director is a real server at once and has its rules already.',
    zh: '调度器交给真实服务器的请求在那里又被调度一次，送往另一台，在那里再送回来：来来回回直到 TTL 耗尽，web 服务从没见过它。备用调度器兼作真实服务器、规则又已经配好时，就会这样。',
  },
  hints: [
    {
      en: 'Capture between the real servers: what have they to say to each other?',
      zh: '在真实服务器之间抓包：它们彼此在说什么？',
    },
    { en: 'tcpdump -v there: the TTL, line by line.', zh: '在那里 tcpdump -v：一行一行看 TTL。' },
    { en: 'ipvsadm -L -n on a real server.', zh: '在真实服务器上：ipvsadm -L -n。' },
  ],
  plant: (topology) => {
    const { service } = topology;
    const servers = hostsOfRole(topology, 'real server').filter((name) =>
      addressesOf(topology.hosts[name]!).includes(service.address),
    );
    if (!usesMethod(topology, 'g') || servers.length < 2) return undefined;
    const addressOf = (name: string): string =>
      placedNics(topology)
        .find(({ host }) => host === name)
        ?.addresses[0]?.replace(/\/.*/, '') ?? '';
    return changeHosts(topology, 'real server', (host, name) => {
      if (!servers.includes(name)) return undefined;
      const vip = endpointText(service);
      const others = servers.filter((other) => other !== name);
      const directs = [
        `ipvsadm -A -t ${vip} -s rr`,
        ...others.map(
          (other) => `ipvsadm -a -t ${vip} -r ${endpointText({ address: addressOf(other), port: service.port })} -g`,
        ),
      ];
      const forwards = service.address.includes(':') ? ['net.ipv6.conf.all.forwarding'] : [];
      const sysctls = ['net.ipv4.ip_forward', ...forwards].map((key) => [key, '1'] as const);
      return { ...withSysctls(host, Object.fromEntries(sysctls)), directs };
    });
  },
};
