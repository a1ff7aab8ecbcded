import type { Fault } from '../fault.ts';
import { changeHosts } from '../plant.ts';

const OTHER = 8080;

export const fault: Fault = {
  id: 'port-wrong',
  level: 1,
  title: {
    en: 'The web servers listen on another port than the rules say',
    zh: 'web 服务监听的端口与规则里写的不一样',
  },
  follows: {
    en: 'The real server refuses the connection with RST. Under direct routing and tunnelling a port cannot be mapped: what is asked is what must be listened on.',
    zh: '真实服务器用 RST 拒绝连接。直接路由和隧道方式不能改端口：客户问哪个端口，服务就得监听哪个端口。',
  },
  hints: [
    {
      en: 'What exactly does the client see: nothing, or a refusal?',
      zh: '客户端看到的是什么：毫无反应，还是被拒绝？',
    },
    {
      en: 'ss -ltn on a real server. ipvsadm -L -n on the director.',
      zh: '在真实服务器上：ss -ltn。在调度器上：ipvsadm -L -n。',
    },
  ],
  plant: (topology) =>
    changeHosts(topology, 'real server', (host) =>
      host.servers?.some(({ kind, port }) => kind === 'web' && port === topology.service.port) === true
        ? {
            ...host,
            servers: host.servers.map((server) =>
              server.kind === 'web' && server.port === topology.service.port ? { ...server, port: OTHER } : server,
            ),
          }
        : undefined,
    ),
};
