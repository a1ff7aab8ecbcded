import type { Fault } from '../fault.ts';
import { changeHosts } from '../plant.ts';

export const fault: Fault = {
  id: 'service-stopped',
  level: 1,
  title: { en: 'The web servers do not run', zh: '真实服务器上的 web 服务没有启动' },
  follows: {
    en: 'The real server refuses the connection with RST, and the client is told: connection refused.',
    zh: '真实服务器用 RST 拒绝连接，客户端看到的是 connection refused。',
  },
  hints: [
    {
      en: 'What exactly does the client see: nothing, or a refusal?',
      zh: '客户端看到的是什么：毫无反应，还是被拒绝？',
    },
    { en: 'On a real server: nstat -az TcpOutRsts', zh: '在真实服务器上：nstat -az TcpOutRsts' },
    { en: 'ss -ltn on a real server.', zh: '在真实服务器上：ss -ltn。' },
  ],
  plant: (topology) =>
    changeHosts(topology, 'real server', (host) =>
      host.servers?.some(({ kind }) => kind === 'web') === true
        ? { ...host, servers: host.servers.filter(({ kind }) => kind !== 'web') }
        : undefined,
    ),
};
